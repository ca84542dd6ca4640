import type { Socket } from 'node:net';
import type { Exec } from 'dockerode';
import { deadline } from '../core/clock';
import { HarnessError } from '../core/errors';
import { engine } from './client';
import { LineSplitter, demultiplex, streamClosed, type OutputStream } from './demux';

/**
 * An Engine that is starting containers may take a second. One whose container dies just then never answers: seen as a request that hung
 * for good, and with it whoever waited and the process itself.
 */
const START_TIMEOUT_MS = 5_000;

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a running container and waits for its end. Costs 50–150 ms: hold a stream for what happens often. */
export async function execOnce(
  containerId: string,
  cmd: readonly string[],
  options: { readonly user?: string; readonly signal?: AbortSignal } = {},
): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const exec = await createExec(containerId, cmd, { stdin: false, ...options });
  const stream = await startExec(exec, { stdin: false, what: cmd.join(' ') });
  const output: Record<OutputStream, Buffer[]> = { stdout: [], stderr: [] };
  demultiplex(stream, (name, chunk) => output[name].push(chunk));
  const onAbort = () => stream.destroy();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  await streamClosed(stream);
  options.signal?.removeEventListener('abort', onAbort);
  options.signal?.throwIfAborted();
  const { ExitCode } = await exec.inspect();
  return {
    exitCode: ExitCode ?? -1,
    stdout: Buffer.concat(output.stdout).toString('utf8'),
    stderr: Buffer.concat(output.stderr).toString('utf8'),
  };
}

/** A command that runs in a container for as long as this object lives: its stdin is ours. */
export interface HeldExec extends AsyncDisposable {
  write(text: string): void;
  /** Resolves when the command or its container has ended. */
  readonly closed: Promise<void>;
}

export interface HoldExecOptions {
  readonly user?: string;
  /** A whole line of stdout or stderr, without its end. */
  readonly onLine: (line: string, stream: OutputStream) => void;
  readonly onClose?: (error: Error | undefined) => void;
}

/** Starts a command whose stdin and output stay connected. The command should end when its stdin does. */
export async function holdExec(
  containerId: string,
  cmd: readonly string[],
  options: HoldExecOptions,
): Promise<HeldExec> {
  const exec = await createExec(containerId, cmd, {
    stdin: true,
    ...(options.user === undefined ? {} : { user: options.user }),
  });
  const stream = await startExec(exec, { stdin: true, what: cmd.join(' ') });
  // A stream that somebody forgot must not keep the process from ending; what waits for its answers has a deadline of its own.
  (stream as Partial<Socket>).unref?.();
  const lines = (name: OutputStream) => new LineSplitter((line) => options.onLine(line, name));
  const splitters: Record<OutputStream, LineSplitter> = { stdout: lines('stdout'), stderr: lines('stderr') };
  demultiplex(stream, (name, chunk) => splitters[name].push(chunk));
  const closed = streamClosed(stream).then((error) => {
    splitters.stdout.flush();
    splitters.stderr.flush();
    stream.destroy();
    options.onClose?.(error);
  });
  return {
    write: (text) => void stream.write(text),
    closed,
    [Symbol.asyncDispose]: async () => {
      // Ending our side closes the command's stdin; destroying makes sure that nothing keeps this process alive.
      stream.end();
      stream.destroy();
      await closed;
    },
  };
}

async function startExec(exec: Exec, { stdin, what }: { readonly stdin: boolean; readonly what: string }) {
  const overdue = new AbortController();
  const cancel = deadline(START_TIMEOUT_MS, () => {
    const message = `the Engine did not start \`${what}\` within ${START_TIMEOUT_MS} ms`;
    overdue.abort(new HarnessError('exec-not-started', { message, facts: { timeoutMs: START_TIMEOUT_MS } }));
  });
  try {
    return await exec.start({ hijack: true, stdin, abortSignal: overdue.signal });
  } catch (error) {
    overdue.signal.throwIfAborted();
    throw error;
  } finally {
    cancel();
  }
}

function createExec(
  containerId: string,
  cmd: readonly string[],
  options: { readonly stdin: boolean; readonly user?: string },
): Promise<Exec> {
  return engine()
    .getContainer(containerId)
    .exec({
      Cmd: [...cmd],
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.user === undefined ? {} : { User: options.user }),
    });
}
