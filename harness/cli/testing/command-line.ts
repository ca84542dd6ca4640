import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openLoad } from '../../load/load';

/** How the command line is started as a process. */
export interface CommandLine {
  /** What Node gets before the words of a command. */
  readonly words: readonly string[];
  /** `NODE_OPTIONS` with which a module of this folder is loaded first, by its name. */
  readonly preloading: (module: string) => string;
  /** A load whose process starts in the same way. */
  readonly openLoad: typeof openLoad;
}

const LOADER = ['--import', pathToFileURL(require.resolve('tsx')).href];

/** As users start it. */
export const FROM_SOURCE: CommandLine = {
  words: [...LOADER, join(__dirname, '..', 'main.ts')],
  preloading: (module) => [...LOADER, '--import', pathToFileURL(join(__dirname, `${module}.ts`)).href].join(' '),
  openLoad,
};
