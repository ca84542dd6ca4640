import type { RolloutResult } from '../contract/rollout-result';

/** What led a rollout back to stable, in the words of the report. */
export interface RollbackCause {
  /** A sentence's beginning, to stand before "2 s after the first bad response". */
  readonly decided: string;
  /** The time between the first bad response and the decision. */
  readonly wait: 'noticing' | 'undecided';
  /** What kind of release of a service it was. */
  release(service: string): string;
}

/** By the code of the error that led back; `delivery/` throws them. */
const CAUSES: ReadonlyMap<string, RollbackCause> = new Map<string, RollbackCause>([
  [
    'release-rejected',
    {
      decided: 'the judge decided against it',
      wait: 'noticing',
      release: (service) => `A bad release of ${service}`,
    },
  ],
  [
    'release-not-judged',
    {
      decided: 'the judge gave up for want of evidence',
      wait: 'undecided',
      release: (service) => `A release of ${service} that could not be judged`,
    },
  ],
  [
    'release-dead',
    {
      decided: 'the front saw it dead, and it was given up',
      wait: 'noticing',
      release: (service) => `A release of ${service} that the front saw dead`,
    },
  ],
  [
    'deadline-passed',
    {
      decided: 'the deadline passed',
      wait: 'undecided',
      release: (service) => `A release of ${service} that missed its deadline`,
    },
  ],
  ['compose-up-failed', neverReady()],
  ['timed-out', neverReady()],
  [
    'aborted',
    {
      decided: 'the rollout was aborted',
      wait: 'undecided',
      release: (service) => `A release of ${service} that was aborted`,
    },
  ],
  [
    'interrupted',
    {
      decided: 'the rollout was interrupted',
      wait: 'undecided',
      release: (service) => `A release of ${service} that was interrupted`,
    },
  ],
]);

/** Machinery of ours that failed, or a journal that does not say. */
const OTHER: RollbackCause = {
  decided: 'the rollout was given up',
  wait: 'undecided',
  release: (service) => `A release of ${service}`,
};

function neverReady(): RollbackCause {
  return {
    decided: 'it never became ready, and was given up',
    wait: 'undecided',
    release: (service) => `A release of ${service} that never became ready`,
  };
}

/** The words for a cause. Nobody is credited with a decision that the journal does not name. */
export function rollbackCause(cause: string | undefined): RollbackCause {
  return CAUSES.get(cause ?? '') ?? OTHER;
}

/** Whether a rollout went back to stable because something, or somebody, decided against it: a hold that was over did not. */
export function isRollback({ outcome }: Pick<RolloutResult, 'outcome'>): boolean {
  return outcome === 'rolled-back' || outcome === 'aborted';
}

/** First bad response → rolled back, if there was one and it is known. */
export function rollbackMs(rollout: RolloutResult): number | undefined {
  const { firstBadResponseAtMs, rolledBackAtMs } = rollout;
  if (!isRollback(rollout) || firstBadResponseAtMs === undefined || rolledBackAtMs === undefined) return undefined;
  return rolledBackAtMs - firstBadResponseAtMs;
}

/** How a rollout ended, in two or three words. */
export function outcomeText({ outcome }: Pick<RolloutResult, 'outcome'>): string {
  return outcome === 'held' ? 'held as asked, then taken back' : outcome.replace(/-/g, ' ');
}
