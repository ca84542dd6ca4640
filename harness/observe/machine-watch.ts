import { monotonicMs } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import { verdictOf } from '../contract/endings';

/**
 * So many looks of a second each, and this share of all, and what failed meanwhile tells nothing of a stack. Of 36 scenarios that passed
 * beside a dozen programs one had as much; a run that condemned a good release had twice as much.
 */
const STARVED_LOOKS_MIN = 3;
const STARVED_SHARE_MIN = 0.25;

/** Looks that are remembered: an hour of them. */
const LOOKS_MAX = 3_600;

interface Look {
  readonly atMs: number;
  readonly slowdown: number;
}

/** Whether the machine gave the stack the CPU that it asked for. The guardian looks once a second, from a container like the stack's. */
export class MachineWatch {
  #starved: Look[] = [];

  /** `nowMs` is a monotonic clock. */
  constructor(private readonly nowMs: () => number = monotonicMs) {}

  /** Work took so many times longer than on an idle machine. */
  note(slowdown: number): void {
    this.#starved = [...this.#starved, { atMs: this.nowMs(), slowdown }].slice(-LOOKS_MAX);
  }

  /** Whether it did not for much of the latest so many ms. */
  isStarved(forMs: number): boolean {
    return this.#starvedFor(forMs / 1_000) !== undefined;
  }

  /** The bad looks of so many seconds; `undefined` where they were few. */
  #starvedFor(seconds: number): readonly Look[] | undefined {
    const sinceMs = this.nowMs() - 1_000 * seconds;
    const looks = this.#starved.filter(({ atMs }) => atMs >= sinceMs);
    return looks.length < Math.max(STARVED_LOOKS_MIN, STARVED_SHARE_MIN * seconds) ? undefined : looks;
  }

  /**
   * What a scenario, or an `up`, comes to that began at `sinceMs` (monotonic) and ended with `error`: a failure on a machine that was too busy
   * is nobody's finding. What passed has passed.
   */
  judge(error: unknown, sinceMs: number): unknown {
    if (verdictOf(error) !== 'failed') return error;
    const seconds = (this.nowMs() - sinceMs) / 1_000;
    const looks = this.#starvedFor(seconds);
    if (looks === undefined) return error;
    const worst = Math.round(Math.max(...looks.map(({ slowdown }) => slowdown)));
    return new HarnessError('machine-starved', {
      message: `the machine was too busy to tell: work in a container took up to ${worst} times as long as on an idle one, in ${looks.length} of ${Math.round(seconds)} s. Seen meanwhile: ${errorMessage(error)}`,
      facts: { starvedSeconds: looks.length, slowdownMax: worst },
      cause: error,
    });
  }
}
