import { engine, hasStatus } from './client';

export interface ImageFacts {
  /** `sha256:…` of the image's configuration: identifies local images, which have no registry digest. */
  readonly id: string;
}

/** What the Engine knows of a local image, or `undefined` when it has none of that name. */
export async function inspectImage(ref: string): Promise<ImageFacts | undefined> {
  try {
    const info = await engine().getImage(ref).inspect();
    return { id: info.Id };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
