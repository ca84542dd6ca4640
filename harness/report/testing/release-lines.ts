import type { JournalLine, LineOf } from '../../contract/observation';

const STARTED_MS = 1_000_000;

/** A release that its second service took back. */
export const releaseThatWentBack: LineOf<'release-ended'> = {
  ...{ at: STARTED_MS + 9_000, type: 'release-ended', release: 'release-1', outcome: 'went-back' },
  reason: 'orders-r2 failed 7 of 23 requests',
  cause: 'release-rejected',
  startedAtMs: STARTED_MS,
  endedAtMs: STARTED_MS + 8_000,
  backAtMs: STARTED_MS + 6_000,
  steps: [
    { kind: 'run', service: 'migrate', state: 'kept', reason: 'cannot be undone: what migrate did to the data stays' },
    { kind: 'roll-out', service: 'payments', state: 'undone' },
    { kind: 'roll-out', service: 'orders', state: 'undone' },
    { kind: 'retire', service: 'old', state: 'not-begun' },
  ],
  serves: { payments: 'payments-r1', orders: 'orders-r1' },
};

/** A run that was that release. */
export const releaseRun = (ended: LineOf<'release-ended'> = releaseThatWentBack): JournalLine[] => [
  {
    ...{ at: STARTED_MS - 10, type: 'run-started', run: 'r', title: 'release the whole project' },
    ...{ seed: 's', rerun: 'again', versions: {} },
  },
  ended,
  { at: STARTED_MS + 10_000, type: 'run-finished', verdict: 'failed', kind: 'release', reason: 'went back' },
];
