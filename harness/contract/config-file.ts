import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chosenCompose } from './compose-choice';
import { stackConfig, type StackConfig } from './config';
import { problemsOf } from './problems';
import { HarnessError, errorMessage } from '../core/errors';
import { contentHash } from '../core/ids';
import { isInstalled } from '../core/package-root';
import { importUserModule } from '../core/user-module';

/** Where the stack's configuration lies unless another is named. */
export const DEFAULT_CONFIG = isInstalled ? 'rollproof.config.ts' : 'stack/rollproof.config.ts';

/** A configuration that was read, with the places that follow from it. */
export interface LoadedConfig {
  readonly config: StackConfig;
  readonly path: string;
  readonly directory: string;
  /** {@link projectName} */
  readonly project: string;
  /**
   * Where the project's state is kept, mode 0700: `.rollproof/` where the command was started, so that `rollproof down` finds it there
   * whatever the configuration. Absolute: a later change of folder does not move it.
   */
  readonly stateDirectory: string;
  readonly composeFiles: readonly string[];
  /** From which paths in them start. Default: the folder of the first. */
  readonly projectDirectory?: string;
}

/**
 * Reads and checks a `rollproof.config.ts`.
 * @throws HarnessError `config-not-found`, `config-invalid`
 */
export async function loadConfigFile(path: string): Promise<LoadedConfig> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) {
    throw new HarnessError('config-not-found', {
      message: `no configuration at ${path}`,
      hint: 'Name one with --config; the path is relative to where you are.',
    });
  }
  const real = realpathSync(absolute);
  const config = checkConfig(real, await importConfig(real));
  const directory = dirname(real);
  const project = projectName(config.name, real);
  const { files, ...chosen } = chosenCompose();
  return {
    config,
    path: real,
    directory,
    project,
    stateDirectory: resolve('.rollproof', project),
    composeFiles: files ?? config.composeFiles.map((file) => resolve(directory, file)),
    ...chosen,
  };
}

/** The compose project of a configuration: two checkouts of one stack never meet. */
export function projectName(name: string, configPath: string): string {
  return `rp-${name}-${contentHash(configPath).slice(0, 6)}`;
}

async function importConfig(path: string): Promise<unknown> {
  try {
    return exportedConfig(await importUserModule(path));
  } catch (cause) {
    throw new HarnessError('config-invalid', {
      message: `${path} cannot be loaded: ${errorMessage(cause)}`,
      hint: 'It is a TypeScript module: `export default defineStack({…})`, or `export const config`.',
      cause,
    });
  }
}

/** `config`, or the default; of a CommonJS module all exports together are a default once more. */
function exportedConfig(module: unknown): unknown {
  if (module === null || typeof module !== 'object') return module;
  if ('config' in module) return module.config;
  return 'default' in module ? exportedConfig(module.default) : module;
}

/**
 * What a configuration file exports, checked.
 * @throws HarnessError `config-invalid` with every problem, by its path
 */
export function checkConfig(path: string, value: unknown): StackConfig {
  const result = stackConfig.safeParse(value);
  if (result.success) return result.data as StackConfig;
  const problems = problemsOf(stackConfig, value, 'config');
  throw new HarnessError('config-invalid', {
    message: `${path}: ${problems.join('; ')}`,
    facts: { problems },
    hint:
      typeof value === 'object' && value !== null
        ? 'Correct what is named; the README shows the smallest configuration.'
        : 'Export `config = defineStack({…})`; the README shows the smallest one.',
  });
}
