import { fork, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { HarnessError } from './errors';

export interface ForkOptions {
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Own process group: a Ctrl-C in the terminal does not reach it. Default false. */
  readonly detached?: boolean;
  /** Default: no stdin and stdout, stderr piped (see {@link lastLines}), IPC. */
  readonly stdio?: StdioOptions;
}

/** What Node needs to run a module. */
interface Runnable {
  readonly flags: readonly string[];
  readonly path: string;
}

/** One of our own modules: through tsx where the source lies, by plain Node from the build. */
function runnable(pathWithoutExtension: string): Runnable {
  const source = `${pathWithoutExtension}.ts`;
  if (existsSync(source)) return { flags: ['--import', pathToFileURL(require.resolve('tsx')).href], path: source };
  const path = `${pathWithoutExtension}.js`;
  if (existsSync(path)) return { flags: [], path };
  throw new HarnessError('module-not-found', {
    message: `neither ${source} nor ${path} exists`,
    facts: { pathWithoutExtension },
  });
}

/**
 * The words that start one of our own modules as a command.
 * @param pathWithoutExtension such as `join(__dirname, 'main')`
 */
export function moduleCommand(pathWithoutExtension: string): string[] {
  const { flags, path } = runnable(pathWithoutExtension);
  return [process.execPath, ...flags, path];
}

/**
 * Starts one of our own modules as a process with an IPC channel.
 * @param pathWithoutExtension such as `join(__dirname, 'worker')`
 */
export function forkModule(
  pathWithoutExtension: string,
  args: readonly string[] = [],
  options: ForkOptions = {},
): ChildProcess {
  const { flags, path } = runnable(pathWithoutExtension);
  return fork(path, [...args], {
    // Ours replace the parent's flags: those belong to Jest or to the tsx command.
    execArgv: [...flags],
    env: { ...process.env, ...options.env },
    stdio: options.stdio ?? ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.detached === undefined ? {} : { detached: options.detached }),
  });
}

/** Reads a piped stderr and returns a function that gives its last `limit` characters: the reason when a child dies. */
export function lastLines(child: ChildProcess, limit = 4_000): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-limit);
  });
  return () => tail.trim();
}

/** How a child ended. */
export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the child has exited and its last messages and stderr have been read; at once when it had exited before the call. */
export function childExit(child: ChildProcess): Promise<ChildExit> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ exitCode: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve, reject) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', reject);
  });
}
