import { delimiter, resolve } from 'node:path';

/** What is said beside a configuration of its compose project, as to `docker compose`. */
export interface ComposeChoice {
  /** Instead of the configuration's. */
  readonly files: readonly string[];
  readonly profiles: readonly string[];
  /** Instead of `.env`. */
  readonly envFiles: readonly string[];
  /** From which paths in the compose files start. */
  readonly projectDirectory?: string;
}

/** Compose has variables of its own for all but these: the configuration names files, and there is none for the folder. */
const FILES = 'ROLLPROOF_COMPOSE_FILE';
const PROJECT_DIRECTORY = 'ROLLPROOF_PROJECT_DIRECTORY';

/** Lets this process and all that it starts know. What is not chosen stays as the environment has it. Paths are relative to where we are. */
export function chooseCompose(
  { files, profiles, envFiles, projectDirectory }: ComposeChoice,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const paths = (names: readonly string[]) => names.map((name) => resolve(name));
  if (files.length > 0) env[FILES] = paths(files).join(delimiter);
  if (profiles.length > 0) env['COMPOSE_PROFILES'] = profiles.join(',');
  if (envFiles.length > 0) env['COMPOSE_ENV_FILES'] = paths(envFiles).join(',');
  if (projectDirectory !== undefined) env[PROJECT_DIRECTORY] = resolve(projectDirectory);
}

/** What of it Compose does not read by itself. */
export function chosenCompose(env: NodeJS.ProcessEnv = process.env): {
  readonly files?: readonly string[];
  readonly projectDirectory?: string;
} {
  const [files, projectDirectory] = [env[FILES], env[PROJECT_DIRECTORY]];
  return {
    ...(files === undefined ? {} : { files: files.split(delimiter).map((file) => resolve(file)) }),
    ...(projectDirectory === undefined ? {} : { projectDirectory: resolve(projectDirectory) }),
  };
}
