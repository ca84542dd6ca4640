import { HarnessError } from '../core/errors';

/** Exit code of a process that was interrupted and cleaned up (128 + SIGINT). */
export const INTERRUPTED = 130;

/**
 * Runs `action` with a signal that Ctrl-C and SIGTERM abort. The action cleans up and returns or throws; then the
 * exit code is {@link INTERRUPTED}. A second Ctrl-C ends at once: the guardian sweeps what is left.
 */
export async function interruptible(action: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const abort = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (abort.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write(`\n${name}: aborting to stable and cleaning up; once more to leave at once\n`);
    abort.abort(new HarnessError('interrupted', { message: `interrupted by ${name}` }));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const code = await action(abort.signal);
    return abort.signal.aborted ? INTERRUPTED : code;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
