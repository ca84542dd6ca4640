import { engine, hasStatus } from './client';

export interface ImageFacts {
  /**
   * `sha256:…` by which this Engine names the image: the configuration's digest on the classic store, the index's on the containerd store
   * (there each build has a new one, since the build's provenance is part of it).
   */
  readonly id: string;
  /** `sha256:…` of what runs. Equal for two builds of equal content, on either store. */
  readonly content: string;
  /** `linux/amd64`: what its programs run on. */
  readonly platform: string;
}

/** The parts of an image's inspect answer that say what runs. `Manifests` is there on the containerd store, from API 1.48 on. */
export interface InspectedImage {
  readonly Id: string;
  readonly Os?: string;
  readonly Architecture?: string;
  readonly Variant?: string;
  readonly Manifests?: readonly InspectedManifest[] | null;
}

interface InspectedManifest {
  readonly ID: string;
  readonly Kind: string;
  readonly Available?: boolean;
  readonly ImageData?: {
    readonly Platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  } | null;
}

/** What the Engine knows of a local image, or `undefined` when it has none of that name. */
export async function inspectImage(ref: string): Promise<ImageFacts | undefined> {
  try {
    const info = await inspectWithManifests(ref);
    return { id: info.Id, content: contentDigest(info), platform: `${info.Os}/${info.Architecture}` };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** What the programs of images run on here: `linux/amd64`. */
export async function enginePlatform(): Promise<string> {
  const { Os, Arch } = await engine().version();
  return `${Os}/${Arch}`;
}

/**
 * What decides whether two images are the same: the configuration's digest on the classic store; on the containerd store the digest of the
 * manifest for the platform that runs here, never the index's, which attestations renew with each build.
 */
export function contentDigest({ Id, Os, Architecture, Variant, Manifests }: InspectedImage): string {
  const images = (Manifests ?? []).filter(({ Kind }) => Kind === 'image');
  const ours = images.filter(({ ImageData }) => {
    const { os, architecture } = ImageData?.Platform ?? {};
    return os === Os && architecture === Architecture;
  });
  const same = ours.filter(({ ImageData }) => (ImageData?.Platform?.variant ?? '') === (Variant ?? ''));
  const available = [...same, ...ours].filter(({ Available }) => Available !== false);
  return (available[0] ?? (images.length === 1 ? images[0] : undefined))?.ID ?? Id;
}

/** The TCP ports that a local image says its program listens on (`EXPOSE`); none when it is not there. */
export async function exposedPorts(ref: string): Promise<number[]> {
  try {
    const { Config } = await engine().getImage(ref).inspect();
    const ports: unknown = Config.ExposedPorts;
    return Object.keys(ports ?? {}).flatMap((port) => (port.endsWith('/tcp') ? Number.parseInt(port, 10) : []));
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}

/** Gives an image, named by its id, a tag of ours. One that it has already is left alone. */
export async function tagImage(id: string, tag: string): Promise<void> {
  const [repo, name] = splitTag(tag);
  await engine().getImage(id).tag({ repo, tag: name });
}

/** Takes a tag away; the image goes with its last one, unless a container uses it. A tag that is not there is left alone. */
export async function untagImage(tag: string): Promise<void> {
  try {
    // Forced, the Engine takes the last tag of an image that a container uses too, and keeps the image.
    await engine().getImage(tag).remove({ force: true });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

/** The tags that begin so, such as all of one project's. */
export async function listTags(prefix: string): Promise<string[]> {
  const images = await engine().listImages();
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(prefix));
}

function splitTag(tag: string): readonly [string, string] {
  const at = tag.lastIndexOf(':');
  return [tag.slice(0, at), tag.slice(at + 1)];
}

/** dockerode's own `inspect` of images passes no options on. An Engine that does not know the option ignores it. */
function inspectWithManifests(ref: string): Promise<InspectedImage> {
  const request = {
    path: `/images/${ref}/json?`,
    method: 'GET',
    options: { manifests: true },
    statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    const modem = engine().modem as {
      dial(options: typeof request, done: (error: Error | null, answer: InspectedImage) => void): void;
    };
    modem.dial(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}
