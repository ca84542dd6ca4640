import { INTERRUPTED } from '../core/interrupt';
import { monotonicMs } from '../core/clock';
import { HarnessError } from '../core/errors';

/** A signal that comes again within this time is the same one: from the terminal, and from what started us. */
const REPEAT_MS = 1_000;

/** What is needed of `process`. */
export interface SignalHost {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): never;
}

/** What is needed of a session. */
export interface Finishing {
  finish(): Promise<unknown>;
}

/**
 * Starts a session that Ctrl-C ends, from the first moment on: Jest has no hook for it, and without one the stack would be the guardian's
 * to sweep. An interrupted process cleans up and exits with {@link INTERRUPTED}; a second signal makes it leave at once.
 */
export async function startInterruptibly<T extends Finishing>(
  start: (signal: AbortSignal) => Promise<T>,
  host: SignalHost,
): Promise<T> {
  const abort = new AbortController();
  let session: T | undefined;
  let firstMs = 0;
  const onSignal = (name: string) => {
    if (abort.signal.aborted) {
      if (monotonicMs() - firstMs > REPEAT_MS) host.exit(INTERRUPTED);
      return;
    }
    firstMs = monotonicMs();
    abort.abort(new HarnessError('interrupted', { message: `interrupted by ${name}` }));
    if (session !== undefined) void leave(session, host);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.on(name, () => onSignal(name));
  try {
    session = await start(abort.signal);
  } catch (error) {
    // The start has cleaned up after itself.
    if (abort.signal.aborted) host.exit(INTERRUPTED);
    throw error;
  }
  if (abort.signal.aborted) await leave(session, host);
  return session;
}

async function leave(session: Finishing, host: SignalHost): Promise<void> {
  try {
    await session.finish();
  } finally {
    host.exit(INTERRUPTED);
  }
}
