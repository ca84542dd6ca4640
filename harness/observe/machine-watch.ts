import { monotonicMs } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import { verdictOf } from '../contract/endings';

/** So many looks of a second each, and what failed meanwhile tells nothing of a stack. */
const STARVED_LOOKS_MIN = 3;

/** Looks that are remembered: an hour of them. */
const LOOKS_MAX = 3_600;

interface Look {
  readonly atMs: number;
  readonly slowdown: number;
}

/** Whether the machine gave the stack the CPU that it asked for. The guardian looks once a second, from a container like the stack's. */
export class MachineWatch {
  #starved: Look[] = [];

  /** Work took so many times longer than on an idle machine. */
  note(slowdown: number): void {
    this.#starved = [...this.#starved, { atMs: monotonicMs(), slowdown }].slice(-LOOKS_MAX);
  }

  /**
   * What a scenario, or an `up`, comes to that began at `sinceMs` (monotonic) and ended with `error`: a failure on a machine that was too busy
   * is nobody's finding. What passed has passed.
   */
  judge(error: unknown, sinceMs: number): unknown {
    if (verdictOf(error) !== 'failed') return error;
    const looks = this.#starved.filter(({ atMs }) => atMs >= sinceMs);
    if (looks.length < STARVED_LOOKS_MIN) return error;
    const worst = Math.round(Math.max(...looks.map(({ slowdown }) => slowdown)));
    return new HarnessError('machine-starved', {
      message: `the machine was too busy to tell: work in a container took up to ${worst} times as long as on an idle one, in ${looks.length} of ${Math.round((monotonicMs() - sinceMs) / 1_000)} s. Seen meanwhile: ${errorMessage(error)}`,
      facts: { starvedSeconds: looks.length, slowdownMax: worst },
      cause: error,
    });
  }
}
