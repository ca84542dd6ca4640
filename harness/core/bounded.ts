import { quotedCommand } from './command-line';
import { deferred } from './deferred';
import { deadline } from './clock';
import { HarnessError, runAll } from './errors';

/** One step of a clean-up. */
export interface TeardownStep {
  /** What it does, as a person would say it: "removing the project". */
  readonly name: string;
  readonly timeoutMs: number;
  /** `signal` is aborted when the step's time is over. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Runs every step in order, whatever the others do, and throws what failed as one error. A step that hangs is left behind when its time
 * is over: a clean-up always ends.
 * @throws HarnessError `teardown-timed-out`, or what a step threw
 */
export function tearDown(steps: readonly TeardownStep[]): Promise<void> {
  return runAll(steps.map((step) => () => inTime(step)));
}

async function inTime({ name, timeoutMs, run }: TeardownStep): Promise<void> {
  const abort = new AbortController();
  const late = deferred<never>();
  const stop = deadline(timeoutMs, () => {
    const error = new HarnessError('teardown-timed-out', {
      message: `${name} did not end within ${timeoutMs} ms`,
      facts: { step: name, limitMs: timeoutMs },
      hint: `What it left is removed by the next command; ${quotedCommand('down')} does it now.`,
    });
    late.reject(error);
    abort.abort(error);
  });
  try {
    await Promise.race([run(abort.signal), late.promise]);
  } finally {
    stop();
  }
}

/**
 * Ends as `work` does or, `graceMs` after the signal's abort, with the signal's reason: work that waits for something of its own does
 * not keep an aborted run from ending.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const cut = deferred<never>();
  let stop: () => void = () => undefined;
  const onAbort = () => {
    stop = deadline(graceMs, () => cut.reject(signal.reason));
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, cut.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}
