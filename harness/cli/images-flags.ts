import type { Command } from 'commander';
import type { ImagesAsked } from '../compose/image-steps';

/** What the flags of {@link withImages} say. */
export interface ImagesWords {
  /** True for `--build`, false for `--no-build`. */
  readonly build?: boolean;
  readonly pull?: boolean;
}

/** Adds the options of `docker compose up` that say which images are built and pulled. */
export function withImages(command: Command): Command {
  return command
    .option('--build', 'build all images that can be built, also those that are there')
    .option('--no-build', 'build no image: what is missing then is refused')
    .option('--pull', 'look for newer images first, and build on newer ones');
}

export function imagesAsked({ build, pull }: ImagesWords): ImagesAsked {
  return {
    ...(build === undefined ? {} : { build: build ? 'always' : 'never' }),
    ...(pull === undefined ? {} : { pull }),
  };
}

/** The words that ask for the same again. */
export function imagesWords({ build, pull }: ImagesWords): string[] {
  return [...(build === undefined ? [] : [build ? '--build' : '--no-build']), ...(pull === true ? ['--pull'] : [])];
}
