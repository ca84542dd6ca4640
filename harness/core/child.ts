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

/**
 * Starts one of our own modules as a process with an IPC channel: through tsx where the source lies, by plain Node from the build.
 * @param pathWithoutExtension such as `join(__dirname, 'worker')`
 */
export function forkModule(
  pathWithoutExtension: string,
  args: readonly string[] = [],
  options: ForkOptions = {},
): ChildProcess {
  const source = `${pathWithoutExtension}.ts`;
  const fromSource = existsSync(source);
  const path = fromSource ? source : `${pathWithoutExtension}.js`;
  if (!fromSource && !existsSync(path)) {
    throw new HarnessError('module-not-found', {
      message: `neither ${source} nor ${path} exists`,
      facts: { pathWithoutExtension },
    });
  }
  return fork(path, [...args], {
    // Ours replace the parent's flags: those belong to Jest or to the tsx command.
    execArgv: fromSource ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [],
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
