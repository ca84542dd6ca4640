import { spawn } from 'node:child_process';
import { after } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import { LineSplitter } from '../docker/demux';

/** After this long an interrupted compose is killed. */
const KILL_AFTER_MS = 5_000;

export interface RunComposeOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where Compose is run. Default: our own folder. */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Compose reports progress line by line on stderr. */
  readonly onStderrLine?: (line: string) => void;
}

export interface RunComposeResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `docker compose` in a child process and process group of its own, so that a Ctrl-C on our terminal does not reach it and an abort
 * ends its plugins too. Rejects with the signal's reason when aborted.
 * @throws HarnessError `compose-missing`
 */
export async function runCompose(options: RunComposeOptions): Promise<RunComposeResult> {
  options.signal?.throwIfAborted();
  const child = spawn('docker', ['compose', ...options.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, COMPOSE_MENU: '0' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  const splitter = new LineSplitter((line) => {
    stderr.push(line);
    options.onStderrLine?.(line);
  });
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => splitter.push(chunk));

  let cancelKill = () => {};
  const signalGroup = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group has ended by itself.
    }
  };
  const onAbort = () => {
    signalGroup('SIGTERM');
    cancelKill = after(KILL_AFTER_MS, () => signalGroup('SIGKILL'));
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(
          new HarnessError('compose-missing', {
            message: `docker compose cannot be run: ${errorMessage(cause)}`,
            hint: 'Install the Docker CLI with its compose plugin.',
            cause,
          }),
        ),
      );
      child.once('close', (code) => resolve(code ?? -1));
    });
    splitter.flush();
    options.signal?.throwIfAborted();
    return { exitCode, stdout: Buffer.concat(stdout).toString('utf8'), stderr: stderr.join('\n') };
  } finally {
    cancelKill();
    options.signal?.removeEventListener('abort', onAbort);
  }
}
