import { isAbsolute, resolve } from 'node:path';
import { runCommand, type CommandEnd, type CommandOptions } from '../core/command';

export interface DockerBuild {
  /** Folder that relative paths start from. */
  readonly directory: string;
  /** Default: the folder. */
  readonly context?: string;
  /** Default: `Dockerfile` in the context. */
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Files by their ids. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly tag: string;
  /** What the image says of when it was made, wall ms. */
  readonly createdAtMs: number;
}

/** What is run may be watched and ended. */
type Watched = Pick<CommandOptions, 'signal' | 'timeoutMs' | 'onOutput' | 'env'>;

/** Builds an image with the user's own builder, and leaves it on the Engine. */
export function dockerBuild(build: DockerBuild, { env = process.env, ...watched }: Watched): Promise<CommandEnd> {
  return runCommand({
    ...{ command: 'docker', args: buildArguments(build), ...watched },
    env: { ...env, ...buildEnvironment(build) },
  });
}

/** Pushes a tag to the registry that it begins with. */
export function dockerPush(tag: string, { env = process.env, ...watched }: Watched): Promise<CommandEnd> {
  return runCommand({ command: 'docker', args: ['push', tag], ...watched, env: { ...env, DOCKER_CLI_HINTS: 'false' } });
}

export function buildArguments(build: DockerBuild): string[] {
  const { directory, context = '.', dockerfile, target, args = {}, secrets = {}, labels, tag } = build;
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['buildx', 'build', '--progress', 'plain', '--load', '--tag', tag],
    ...pairs('--label', labels),
    ...pairs('--build-arg', args),
    ...Object.entries(secrets).flatMap(([id, path]) => ['--secret', `id=${id},src=${resolve(path)}`]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(dockerfile === undefined ? [] : ['--file', within(directory, dockerfile)]),
    within(directory, context),
  ];
}

/** Equal files give an equal image: nothing in it tells when, or by whom, it was built. */
export function buildEnvironment({ createdAtMs }: Pick<DockerBuild, 'createdAtMs'>): Record<string, string> {
  return {
    SOURCE_DATE_EPOCH: String(Math.floor(createdAtMs / 1_000)),
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    DOCKER_CLI_HINTS: 'false',
  };
}

function within(directory: string, path: string): string {
  return isAbsolute(path) ? path : resolve(directory, path);
}
