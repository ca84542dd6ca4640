import type { PipelineImage } from '../../contract/pipeline-config';
import type { RolloutOutcome } from '../../contract/rollout-result';
import type { CommandEnd } from '../../core/command';
import type { Commit, GitRepository } from './git';

export interface ImageBuild {
  readonly image: PipelineImage;
  /** The checkout. */
  readonly directory: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The commit's own time: what is built of the same files later is the same image. */
  readonly createdAtMs: number;
}

/** How what a stage runs is watched and ended. */
export interface StageIo {
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** An image on this Engine. */
export interface BuiltImage {
  readonly tag: string;
  readonly id: string;
  /** Digest of what runs. */
  readonly content: string;
}

/** What became of a service in production. */
export interface Delivered {
  /** `undefined`: it came to no rollout. */
  readonly outcome: RolloutOutcome | undefined;
  /** Why it is not good; nothing when it is. */
  readonly problem?: Error;
}

/** All that a pipeline does to the world. */
export interface PipelinePorts {
  readonly repository: Pick<GitRepository, 'directory' | 'commit' | 'tip' | 'checkout' | 'note'>;
  /** Runs a line of the user's in the checkout. */
  shell(
    line: string,
    options: StageIo & { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  ): Promise<CommandEnd>;
  build(build: ImageBuild, io: StageIo): Promise<CommandEnd>;
  /** What the Engine knows by a name; `undefined` when it has nothing of that name. */
  image(ref: string): Promise<Pick<BuiltImage, 'id' | 'content'> | undefined>;
  tag(id: string, tag: string): Promise<void>;
  push(tag: string, io: StageIo): Promise<CommandEnd>;
  /** The registry to push to, started when it is ours. */
  registry(signal: AbortSignal): Promise<string>;
  /** The digest of what a service's stable revision runs; `undefined` when the stack is not up. */
  serving(service: string): string | undefined;
  /** Deploys to the stack that is up, and waits for the end. Throws when it could not even begin. */
  deploy(service: string, image: string, signal: AbortSignal): Promise<Delivered>;
}

/** What the stages have made so far. */
export interface Products {
  readonly commit: Commit;
  readonly ref: string;
  /** The checkout. */
  readonly directory: string;
  /** By service. */
  readonly images: Readonly<Record<string, BuiltImage>>;
  /** Each image by its digest in the registry, by service. */
  readonly pushed: Readonly<Record<string, string>>;
  /** How each rollout ended, by service. */
  readonly delivered: Readonly<Record<string, RolloutOutcome>>;
}
