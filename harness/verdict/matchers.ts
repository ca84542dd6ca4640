import { expect as plainExpect, type SyncExpectationResult } from 'expect';
import type { ErrorCode } from '../core/error-codes';
import type { ToldRollout } from '../contract/rollout-words';
import { HarnessError } from '../core/errors';
import type { RequestTotals } from '../contract/request-totals';
import type { TrafficCounts } from '../contract/observation';
import * as alerts from './alert-findings';
import * as findings from './findings';
import { checkLine, type Finding } from './findings';
import * as releases from './release-findings';

/** Takes note of every finding while a scenario runs. */
export type FindingRecorder = (finding: Finding) => void;

let recorder: FindingRecorder = () => undefined;

/** Sends findings to `record` until the returned function is called. */
export function recordFindings(record: FindingRecorder): () => void {
  const previous = recorder;
  recorder = record;
  return () => {
    recorder = previous;
  };
}

/**
 * Records a finding and throws when it is not passed.
 * @throws HarnessError `check-failed`, `release-check-failed`, `own-check-failed`, `check-inconclusive`
 */
function assertFinding(finding: Finding): void {
  recorder(finding);
  const error = findingError(finding);
  if (error !== undefined) throw error;
}

/** By whom a finding is about. */
const FAILED = {
  stack: 'check-failed',
  release: 'release-check-failed',
  rollproof: 'own-check-failed',
} as const satisfies Record<NonNullable<Finding['about']>, ErrorCode>;

/** A finding as an error; `undefined` when it is passed. */
export function findingError(finding: Finding): HarnessError | undefined {
  if (finding.verdict === 'passed') return undefined;
  const { name, observed, expected, about = 'stack', sentence } = finding;
  return new HarnessError(finding.verdict === 'failed' ? FAILED[about] : 'check-inconclusive', {
    message: sentence ?? `${name}: observed ${observed}; expected ${expected}`,
    facts: { ...checkLine(finding) },
  });
}

function matcher<T, A extends unknown[]>(judge: (received: T, ...args: A) => Finding) {
  return function judged(this: { isNot?: boolean }, received: T, ...args: A): SyncExpectationResult {
    if (this.isNot === true) throw new TypeError('these matchers have no `.not`: state what should happen');
    assertFinding(judge(received, ...args));
    return { pass: true, message: () => '' };
  };
}

/** A judge of how a rollout ended. @throws TypeError for one that is under way */
function ended<A extends unknown[]>(judge: (rollout: ToldRollout, ...args: A) => Finding) {
  return (rollout: ToldRollout, ...args: A): Finding => {
    if (!('ended' in rollout)) return judge(rollout, ...args);
    throw new TypeError('this is a rollout under way; expect something of its result: `await rollout.ended()`');
  };
}

interface EndedLoad {
  totals(): RequestTotals;
  lostIds(): readonly string[];
  failedIds(): readonly string[];
}

interface AttributedRollout {
  readonly to: string;
  readonly failedIdsOnNew: ReadonlySet<string>;
  readonly failedIdsLeftOut?: number;
}

interface ServedRollout {
  readonly to: string;
  readonly samples: { readonly from: TrafficCounts; readonly to: TrafficCounts };
}

plainExpect.extend({
  toHaveLostNoRequests: matcher((load: Pick<EndedLoad, 'totals'>) => findings.lostRequests(load.totals(), 0)),
  toHaveLostAtMost: matcher((load: Pick<EndedLoad, 'totals'>, limit: number) =>
    findings.lostRequests(load.totals(), limit),
  ),
  toHaveLostOnlyOn: matcher((load: EndedLoad, rollout: AttributedRollout) =>
    findings.lostOnlyOn({
      totals: load.totals(),
      lostIds: load.lostIds(),
      failedIds: load.failedIds(),
      failedOnNew: rollout.failedIdsOnNew,
      failedOnNewLeftOut: rollout.failedIdsLeftOut ?? 0,
      newRevision: rollout.to,
    }),
  ),
  toHaveServedNothing: matcher((rollout: ServedRollout) =>
    findings.servedNothing(rollout.to, rollout.samples.to.requests, rollout.samples.from.requests),
  ),
  toBeActionable: matcher(alerts.actionable),
  toHaveSeenErrors: matcher(alerts.sawErrors),
  toHaveRoutedNothingToCandidateAfterTheSwitch: matcher(ended(findings.routedNothingToCandidateAfterTheSwitch)),
  toHaveBeenPromoted: matcher(ended(findings.promoted)),
  toHaveRolledBack: matcher(ended(findings.rolledBack)),
  toHaveKeptItsReplicas: matcher(ended(findings.keptReplicas)),
  toHaveHeld: matcher(ended(findings.held)),
  toHaveBeenAborted: matcher(ended(findings.aborted)),
  toHaveBeenReleased: matcher(releases.released),
  toHaveGoneBack: matcher(releases.wentBack),
  toHaveFired: matcher(alerts.fired),
  toHaveResolved: matcher(alerts.resolved),
  toHaveStayedSilent: matcher(alerts.silent),
  toReconcile: matcher(findings.reconciled),
  toBeAbout: matcher(findings.about),
  toStayBelow: matcher(findings.below),
  toStayAbove: matcher(findings.above),
});

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>> {
    /** A load lost nothing: no missing answer, no 5xx, no wrong status; and the generator kept up. */
    toHaveLostNoRequests(): R;
    /** A load lost at most `limit` requests. */
    toHaveLostAtMost(limit: number): R;
    /** The rollout ended with the new revision at 100 %. */
    toHaveBeenPromoted(): R;
    /** The rollout ended with the old revision at 100 %: for this reason, and in this time, where they are given. */
    toHaveRolledBack(options?: findings.RolledBackOptions): R;
    /** Once traffic was switched back to the old revision, no request was routed to the new one: counted, not timed. */
    toHaveRoutedNothingToCandidateAfterTheSwitch(): R;
    /** While replicas were exchanged, never fewer were ready than promised, and never more ran. */
    toHaveKeptItsReplicas(): R;
    /** The new revision was held at a weight as long as asked, and then taken back. */
    toHaveHeld(): R;
    /** The rollout was aborted, and the old revision is at 100 %. */
    toHaveBeenAborted(): R;
    /** The whole release went through: every step is done, every new revision is stable; or that version ran already. */
    toHaveBeenReleased(): R;
    /** The whole release went back: for this reason, and with these jobs alone not undone, where they are given. */
    toHaveGoneBack(options?: { readonly because?: string; readonly keeping?: readonly string[] }): R;
    /** The alert went pending, fired, and reached the pager. */
    toHaveFired(): R;
    /** The pager heard that the alert is over. */
    toHaveResolved(): R;
    /** The alert had data, was watched without a gap, and never fired. */
    toHaveStayedSilent(): R;
    /** Every acknowledged request is stored once, and every side effect has its cause. */
    toReconcile(): R;
    /** A figure with enough samples lies within a tolerance. */
    toBeAbout(options: findings.AboutOptions): R;
    /** A figure with enough samples is less than a limit. */
    toStayBelow(options: findings.LimitOptions): R;
    /** A figure with enough samples is more than a limit. */
    toStayAbove(options: findings.LimitOptions): R;
    /** Every request that was lost, or answered wrongly, failed on the rollout's new revision. */
    toHaveLostOnlyOn(rollout: { readonly to: string; readonly failedIdsOnNew: ReadonlySet<string> }): R;
    /** The new revision got no request. */
    toHaveServedNothing(): R;
    /** The summary names service, value and threshold; the runbook exists; owner and severity are set. */
    toBeActionable(): R;
    /** The ratio that the alert judges was at this size. */
    toHaveSeenErrors(options: { readonly ratio: number; readonly tolerance: number }): R;
  }
}

/** Jest's `expect`, with matchers that leave evidence in the journal. */
export const expect = plainExpect;
