import { runCompose, type RunComposeOptions, type RunComposeResult } from './cli';

/** Compose files of the user's, as Compose itself reads them: in the user's folder, with the user's environment, under a project name of ours. */
export interface UserProject {
  readonly files: readonly string[];
  /** Default: the one that Compose itself would take. */
  readonly projectName?: string;
  /** Where Compose is run: what its own variables and its standard input name is relative to it. Default: the folder that we are in. */
  readonly directory?: string;
  /** From which paths in the files start. Default: the folder of the first. */
  readonly projectDirectory?: string;
  /** Variables for interpolation, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

type Watched = Pick<RunComposeOptions, 'signal' | 'onStderrLine'>;

/** Runs `docker compose` on the user's own files. */
export function runOnUserProject(
  { files, projectName, directory, projectDirectory, env }: UserProject,
  args: readonly string[],
  watched: Watched = {},
): Promise<RunComposeResult> {
  return runCompose({
    args: [
      ...(projectName === undefined ? [] : ['-p', projectName]),
      ...files.flatMap((file) => ['-f', file]),
      ...(projectDirectory === undefined ? [] : ['--project-directory', projectDirectory]),
      ...args,
    ],
    ...(directory === undefined ? {} : { cwd: directory }),
    ...(env === undefined ? {} : { env }),
    ...watched,
  });
}
