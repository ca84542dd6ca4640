import { engine, hasStatus } from './client';

export interface ImageFacts {
  /** `sha256:…` of the image's configuration: identifies local images, which have no registry digest. */
  readonly id: string;
  /** `name@sha256:…` when it came from a registry. */
  readonly digest: string | undefined;
  readonly stopSignal: string | undefined;
  readonly user: string | undefined;
}

/** What the Engine knows of a local image, or `undefined` when it has none of that name. */
export async function inspectImage(ref: string): Promise<ImageFacts | undefined> {
  try {
    const info = await engine().getImage(ref).inspect();
    const config = info.Config as { StopSignal?: string; User?: string } | undefined;
    return {
      id: info.Id,
      digest: info.RepoDigests?.[0],
      stopSignal: config?.StopSignal,
      user: config?.User === '' ? undefined : config?.User,
    };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
