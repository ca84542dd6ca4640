import { monotonicMs } from './clock';
import { HarnessError } from './errors';

/** Exit code of a process that was interrupted and cleaned up (128 + SIGINT). */
export const INTERRUPTED = 130;

/** A signal that comes again within this time is the same one. */
const REPEAT_MS = 1_000;

/** On a line of its own: the terminal has echoed `^C`. */
const tellPerson = (text: string) => void process.stderr.write(`\n${text}\n`);

/**
 * Runs `action` with a signal that Ctrl-C and SIGTERM abort. The action cleans up and returns or throws; then the
 * exit code is {@link INTERRUPTED}. A second Ctrl-C ends at once: the guardian sweeps what is left. `tell` says so to whoever
 * waits.
 */
export async function interruptible(
  action: (signal: AbortSignal) => Promise<number>,
  tell: (text: string) => void = tellPerson,
): Promise<number> {
  const abort = new AbortController();
  let firstMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (abort.signal.aborted) {
      // One Ctrl-C may arrive twice: from the terminal, and from what started us.
      if (monotonicMs() - firstMs > REPEAT_MS) process.exit(INTERRUPTED);
      return;
    }
    firstMs = monotonicMs();
    tell(`${name}: cleaning up, a rollout that runs goes back to stable first; once more to leave at once`);
    abort.abort(new HarnessError('interrupted', { message: `interrupted by ${name}` }));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  try {
    const code = await action(abort.signal);
    return abort.signal.aborted ? INTERRUPTED : code;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    process.off('SIGHUP', onSignal);
  }
}
