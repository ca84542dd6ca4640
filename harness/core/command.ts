import { spawn } from 'node:child_process';
import { after, deadline } from './clock';

/** What does not end when it is asked to is killed after this long, ms. */
const KILL_AFTER_MS = 5_000;

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment. Default: our own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
}

export interface CommandEnd {
  /** `null` when a signal ended it, or it could not be started. */
  readonly exitCode: number | null;
  /** In a few words: `exit code 1`, `did not end within 900000 ms`. */
  readonly how: string;
}

/**
 * Runs a command in a process group of its own, so that a Ctrl-C on our terminal does not reach it and an abort ends what it started too.
 * Rejects with the signal's reason when aborted; never for how the command ends.
 */
export async function runCommand(options: CommandOptions): Promise<CommandEnd> {
  const { command, args, cwd, env, signal, timeoutMs, onOutput } = options;
  signal?.throwIfAborted();
  const child = spawn(command, [...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env ?? process.env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdout.on('data', (chunk: Buffer) => onOutput?.(chunk, 'stdout'));
  child.stderr.on('data', (chunk: Buffer) => onOutput?.(chunk, 'stderr'));
  let isLate = false;
  let cancelKill = () => {};
  const signalGroup = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group has ended by itself.
    }
  };
  const end = () => {
    signalGroup('SIGTERM');
    cancelKill = after(KILL_AFTER_MS, () => {
      signalGroup('SIGKILL');
      // What has left the group may hold them open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    });
  };
  const cancelDeadline =
    timeoutMs === undefined
      ? () => undefined
      : deadline(timeoutMs, () => {
          isLate = true;
          end();
        });
  signal?.addEventListener('abort', end, { once: true });
  try {
    const result = await new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, how: `cannot be run: ${error.message}` }));
      child.once('close', (exitCode, name) =>
        resolve({ exitCode, how: exitCode === null ? `was ended by ${name}` : `exit code ${exitCode}` }),
      );
    });
    signal?.throwIfAborted();
    return isLate ? { exitCode: null, how: `did not end within ${timeoutMs} ms` } : result;
  } finally {
    cancelKill();
    cancelDeadline();
    signal?.removeEventListener('abort', end);
  }
}

export interface CapturedCommand extends CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** As {@link runCommand}, for what says little: with all that it said. */
export async function captureCommand(options: Omit<CommandOptions, 'onOutput'>): Promise<CapturedCommand> {
  const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const end = await runCommand({ ...options, onOutput: (chunk, stream) => said[stream].push(chunk) });
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
  return { ...end, stdout: text(said.stdout), stderr: text(said.stderr) };
}
