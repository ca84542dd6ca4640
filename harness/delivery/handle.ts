import type { RolloutState } from '../contract/observation';
import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import type { RolloutControl } from './control';
import type { Milestone, Milestones } from './milestones';
import type { RolloutResult } from '../contract/rollout-result';

export type { Milestone } from './milestones';

/** How long a rollout may take to come to a point, ms: a start, its readiness, and a judge with little traffic. */
const REACHED_TIMEOUT_MS = 180_000;

/**
 * A rollout under way. It goes on, and back, by itself. Leaving its block (`await using`) before it has ended aborts it to stable and waits
 * until that is done.
 */
export interface Rollout<Result = RolloutResult> extends AsyncDisposable {
  /** When it began, wall ms. */
  readonly startedAtMs: number;
  /** When it had ended, wall ms; `undefined` while it is under way. A fault's `overlaps` reads both. */
  readonly endedAtMs: number | undefined;
  /** Where it stands. */
  state(): RolloutState;
  /**
   * Resolves when at least so much of the traffic is on the new revision, or when the rollout has entered a state. Default deadline 180 s.
   * @throws HarnessError `rollout-ended` when it ends without, `timed-out`
   */
  reached(milestone: Milestone, options?: { readonly timeoutMs?: number }): Promise<void>;
  /**
   * Stays at its weight. The judge goes on looking, and may still roll it back, or at weight 100 have stable share the traffic while it
   * compares both; the time does not count against a deadline.
   */
  pause(): void;
  /** Goes on after {@link pause}, or after a `hold` without a time. */
  resume(): void;
  /** Takes the release for good: no more judging and holding; what is left is done at once. A revision that is dead, or lacks a replica, is rolled back all the same. */
  promote(): void;
  /** Goes back to stable; too late once the new revision was made stable. Resolves when the rollout has ended. */
  abort(reason: string): Promise<Result>;
  /** How it ended, whichever way. */
  ended(): Promise<Result>;
}

/** The handle of a rollout that was begun. */
export function rolloutHandle(parts: {
  readonly control: RolloutControl;
  readonly milestones: Milestones;
  readonly ended: Promise<RolloutResult>;
}): Rollout {
  const { control, milestones, ended } = parts;
  const startedAtMs = wallMs();
  let endedAtMs: number | undefined;
  const end = (how: string) => {
    endedAtMs = wallMs();
    milestones.end(how);
  };
  ended.then(
    ({ outcome, reason }) => end(reason === undefined ? outcome : `${outcome}: ${reason}`),
    () => end('its controller failed'),
  );
  const abort = (reason: string) => {
    control.abort(reason);
    return ended;
  };
  return {
    startedAtMs,
    get endedAtMs() {
      return endedAtMs;
    },
    state: () => milestones.state,
    reached: (milestone, { timeoutMs = REACHED_TIMEOUT_MS } = {}) => milestones.reached(milestone, timeoutMs),
    pause: () => control.pause(),
    resume: () => control.resume(),
    promote: () => control.promote(),
    abort,
    ended: () => ended,
    [Symbol.asyncDispose]: async () => {
      if (endedAtMs !== undefined) return;
      const { outcome, reason, to } = await abort('nobody waited for its end');
      if (outcome !== 'rollback-paused') return;
      throw new HarnessError('rollback-paused', { message: `${to} could not be taken back: ${reason}`, facts: { to } });
    },
  };
}

/** The same handle, whose results are made from the rollout's. */
export function withResult<Result>(
  rollout: Rollout,
  make: (result: RolloutResult) => Promise<Result>,
): Rollout<Result> {
  const ended = rollout.ended().then(make);
  // Whoever asks for the end is told; a scenario that does not ask is closed for it.
  ended.catch(() => undefined);
  return {
    ...rollout,
    get endedAtMs() {
      return rollout.endedAtMs;
    },
    ended: () => ended,
    abort: async (reason) => {
      await rollout.abort(reason);
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      await rollout[Symbol.asyncDispose]();
      await ended.catch(() => undefined);
    },
  };
}
