import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { childExit, forkModule, lastLines } from '../core/child';
import { HarnessError } from '../core/errors';
import { after } from '../core/clock';
import type { LogCompleteness } from '../docker/container-log';

/** What the collector's process says to its parent. */
export type CollectorMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'complete'; readonly containers: readonly LogCompleteness[] }
  | { readonly type: 'failed'; readonly message: string };

const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 60_000;

/** Follows the logs of a project into a run folder until it is stopped. */
export interface LogCollector extends AsyncDisposable {
  /** Ends it, reads what is left, and says how complete each container's log is. The containers must still exist. Throws `log-collector-failed`. */
  stop(): Promise<readonly LogCompleteness[]>;
}

/**
 * Starts the collector as a process of its own: every container of the project, new ones too, to `<directory>/<compose
 * service>.ndjson`. Resolves when it follows those that are there. Throws `log-collector-failed`.
 */
export async function startLogCollector(options: {
  readonly project: string;
  /** The run folder's `logs`. */
  readonly directory: string;
}): Promise<LogCollector> {
  const child = forkModule(join(__dirname, 'log-collector-worker'), [options.project, options.directory]);
  const stderr = lastLines(child);
  await reply(child, 'ready', READY_TIMEOUT_MS, stderr).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  let stopped: Promise<readonly LogCompleteness[]> | undefined;
  const stop = () => {
    stopped ??= stopCollector(child, stderr);
    return stopped;
  };
  return {
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

async function stopCollector(child: ChildProcess, stderr: () => string): Promise<readonly LogCompleteness[]> {
  try {
    const answer = reply(child, 'complete', STOP_TIMEOUT_MS, stderr);
    if (child.connected) child.send('stop');
    return (await answer).containers;
  } finally {
    // A collector that hangs must not keep the run from ending.
    const cancel = after(2_000, () => child.kill('SIGKILL'));
    await childExit(child);
    cancel();
  }
}

function reply<T extends CollectorMessage['type']>(
  child: ChildProcess,
  type: T,
  timeoutMs: number,
  stderr: () => string,
): Promise<Extract<CollectorMessage, { type: T }>> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      done();
      reject(
        new HarnessError('log-collector-failed', {
          message: `the log collector ${reason}`,
          facts: { stderr: stderr() },
          hint: 'The Engine keeps the logs of containers that still exist: docker logs NAME.',
        }),
      );
    };
    const onMessage = (message: CollectorMessage) => {
      if (message.type === 'failed') return fail(`failed: ${message.message}`);
      if (message.type !== type) return;
      done();
      resolve(message as Extract<CollectorMessage, { type: T }>);
    };
    const cancel = after(timeoutMs, () => fail(`did not answer within ${timeoutMs} ms`));
    const done = () => {
      cancel();
      child.off('message', onMessage);
    };
    child.on('message', onMessage);
    void childExit(child).then(
      ({ exitCode, signal }) => fail(`ended with ${signal ?? exitCode ?? 'no code'}`),
      (error: unknown) => fail(`did not start: ${String(error)}`),
    );
  });
}
