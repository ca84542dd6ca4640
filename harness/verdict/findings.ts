import { kindOfCode } from '../core/error-codes';
import type { Observation, SwitchFacts, Verdict } from '../contract/observation';
import type { ReconciliationResult } from '../contract/reconciliation';
import type { RequestTotals } from '../contract/request-totals';
import type { ReplicaFacts } from '../contract/rollout-result';
import { counted, rolloutSentence, type ToldRollout } from '../contract/rollout-words';

/** What a check saw, against what it wanted. Every matcher makes one, and it goes to the journal whatever comes of it. */
export interface Finding {
  readonly name: string;
  readonly verdict: Extract<Verdict, 'passed' | 'failed' | 'inconclusive'>;
  readonly observed: string;
  readonly expected: string;
  readonly samples?: number;
  readonly windowMs?: number;
  /** Whom it is about, when it does not hold: whose failure it is told as. Default: the stack. */
  readonly about?: 'stack' | 'release' | 'rollproof';
  /** What a person is told when it is not passed. Default: made of name, observed and expected. */
  readonly sentence?: string;
}

/** A finding as it stands in the journal. */
export function checkLine({
  about: _about,
  sentence: _sentence,
  ...line
}: Finding): Extract<Observation, { type: 'check' }> {
  return { type: 'check', ...line };
}

/** More than this share of late or unsent requests says that the load generator, not the stack, was the limit. */
const LATE_SHARE_MAX = 0.001;

/** No requests, a load that ended by itself, or a generator that could not keep up: what such a load says is not about the stack. */
function isBehind({ sent, late, unsent, bound }: RequestTotals): boolean {
  return sent === 0 || bound !== undefined || (late + unsent) / (sent + unsent) > LATE_SHARE_MAX;
}

/** Why a load says nothing about the stack, for a person. */
function behindSentence({ sent, late, unsent, bound }: RequestTotals): string {
  if (sent === 0) return 'no request was sent';
  const total = sent + unsent;
  if (late + unsent > LATE_SHARE_MAX * total) {
    return `the machine was too busy to send requests in time: ${late + unsent} of ${total} were late or unsent, ${LATE_SHARE_MAX * 100} % may be`;
  }
  return `the load ended by itself, at its limit of ${bound}`;
}

/** Whether a load sent what it should have, when it should have: the ground of every verdict that was reached under it. */
export function keptUp(totals: RequestTotals): Finding {
  const { sent, late, unsent, bound } = totals;
  const ended = bound === undefined ? '' : `; it ended by itself at its limit of ${bound}`;
  return {
    name: 'the load was sent in time',
    verdict: isBehind(totals) ? 'inconclusive' : 'passed',
    observed: `${late} late, ${unsent} unsent of ${sent + unsent}${ended}`,
    expected: `requests until it is stopped, at most ${LATE_SHARE_MAX * 100} % of them late or unsent`,
    samples: sent,
    about: 'rollproof',
    sentence: behindSentence(totals),
  };
}

/** Reasons for lost and failed requests that a finding names. */
const REASONS_TOLD = 3;

/** Lost requests against a limit. No requests, or a generator that could not keep up, is inconclusive. */
export function lostRequests(totals: RequestTotals, limit: number): Finding {
  const { sent, ok, failed, lost, late, unsent, reasons = {} } = totals;
  const why = Object.entries(reasons).map(([reason, count]) => `${reason}: ${count}`);
  const bad = lost > limit || failed > 0;
  return {
    name: limit === 0 ? 'no request is lost' : `at most ${limit} requests are lost`,
    verdict: bad ? 'failed' : isBehind(totals) ? 'inconclusive' : 'passed',
    observed: `${lost} lost, ${failed} failed${why.length === 0 ? '' : ` (${why.slice(0, REASONS_TOLD).join(', ')})`}, ${ok} ok of ${sent} sent; ${late} late, ${unsent} unsent`,
    expected: `at most ${limit} lost, 0 failed, at most ${LATE_SHARE_MAX * 100} % late or unsent`,
    samples: sent,
    ...(bad ? {} : { sentence: behindSentence(totals) }),
  };
}

/**
 * What was not the new revision's own fault says nothing of it: too little traffic to judge by, machinery of ours that failed, or somebody
 * who had asked for a hold or an abort. A container of the stack that does not start is the new revision's: nothing else is started.
 */
function saysNothing({ outcome, cause }: ToldRollout): boolean {
  if (outcome === 'held' || outcome === 'aborted') return true;
  const kind = kindOfCode(cause);
  return outcome === 'rolled-back' && cause !== undefined && kind !== 'release' && kind !== 'stack';
}

export function promoted(rollout: ToldRollout): Finding {
  const observed = rolloutSentence(rollout);
  return {
    name: `the release of ${rollout.to}`,
    verdict: rollout.outcome === 'promoted' ? 'passed' : saysNothing(rollout) ? 'inconclusive' : 'failed',
    observed,
    expected: 'promoted',
    // What takes a bad release back by itself has done well.
    ...(rollout.outcome === 'rolled-back' ? { about: 'release' } : {}),
    sentence: observed,
  };
}

/** The new revision was held at a weight for the time that was asked for, and then taken back. */
export function held(rollout: ToldRollout): Finding {
  return asAsked(rollout, 'held');
}

/** Somebody aborted the rollout, and stable serves everything again. */
export function aborted(rollout: ToldRollout): Finding {
  return asAsked(rollout, 'aborted');
}

/** While replicas were exchanged, never fewer were ready than promised, nor did more run: by each change that the journal tells of. */
export function keptReplicas({
  to,
  replicas,
}: {
  readonly to: string;
  readonly replicas?: ReplicaFacts | undefined;
}): Finding {
  const name = `the replicas during the release of ${to}`;
  if (replicas === undefined) {
    return { name, verdict: 'inconclusive', observed: 'no replica was exchanged', expected: 'a rolling rollout' };
  }
  const { promised, limit, fewestReady, mostRunning } = replicas;
  return {
    name,
    verdict: fewestReady >= promised && mostRunning <= limit ? 'passed' : 'failed',
    observed: `at least ${fewestReady} ready, at most ${mostRunning} running`,
    expected: `at least ${promised} ready, at most ${limit} running`,
  };
}

/** What came between tells of the release, or of us, but not of what was asked for. */
function asAsked(rollout: ToldRollout, wanted: 'held' | 'aborted'): Finding {
  const isOther = saysNothing(rollout) && rollout.outcome !== wanted;
  return {
    name: `the release of ${rollout.to}`,
    verdict: rollout.outcome === wanted ? 'passed' : isOther ? 'inconclusive' : 'failed',
    observed: rolloutSentence(rollout),
    expected: wanted,
  };
}

export interface RolledBackOptions {
  /** Words that the rollout's reason must have: a release that never started is rolled back too. */
  readonly because?: string;
}

export function rolledBack(rollout: ToldRollout, options: RolledBackOptions = {}): Finding {
  const because = options.because === undefined || rollout.reason?.includes(options.because) === true;
  const asWanted = rollout.outcome === 'rolled-back' && because;
  const reason = rollout.reason === undefined ? '' : ` (${rollout.reason})`;
  return {
    name: `the release of ${rollout.to}`,
    verdict: saysNothing(rollout) ? 'inconclusive' : asWanted ? 'passed' : 'failed',
    observed: `${rolloutSentence(rollout)}${because ? '' : reason}`,
    expected: `rolled back to ${rollout.from}${options.because === undefined ? '' : ` because of "${options.because}"`}`,
  };
}

/**
 * Once the front had been told to give everything back, the candidate got nothing more: counted by the epoch that the front wrote into each
 * request's line, so that no slow machine changes it. Without a switch, or without a request after it, nobody knows.
 */
export function routedNothingToCandidateAfterTheSwitch(
  rollout: Pick<ToldRollout, 'from' | 'to' | 'counts'> & Partial<SwitchFacts>,
): Finding {
  const { switchEpoch, requestsAfterSwitch = 0, routedToCandidateAfterSwitch = 0 } = rollout;
  const isKnown = switchEpoch !== undefined && requestsAfterSwitch > 0;
  return {
    name: `nothing is routed to ${rollout.to} after the switch back to ${rollout.from}`,
    verdict: routedToCandidateAfterSwitch > 0 ? 'failed' : isKnown ? 'passed' : 'inconclusive',
    observed:
      switchEpoch === undefined
        ? 'traffic was never switched back'
        : `${routedToCandidateAfterSwitch} of ${counted(rollout, requestsAfterSwitch)} since epoch ${switchEpoch} were routed to ${rollout.to}`,
    expected: `0 of at least ${counted(rollout, 1)} under the routing that gave all back to ${rollout.from}`,
    samples: requestsAfterSwitch,
  };
}

/** Requests that were lost, and those that failed on each revision, by id. */
export interface LossAttribution {
  readonly totals: RequestTotals;
  readonly lostIds: readonly string[];
  /** Those that were answered, and wrongly. */
  readonly failedIds: readonly string[];
  /** Ids of requests that failed on the new revision, as the front saw them. */
  readonly failedOnNew: ReadonlySet<string>;
  /** Further requests that failed on it, whose ids nobody knows; Infinity where nobody knows how many. Default 0. */
  readonly failedOnNewLeftOut?: number;
  readonly newRevision: string;
}

/** Every lost or wrongly answered request failed on the new revision: the release cost what it cost, and nothing else was hurt. */
export function lostOnlyOn(attribution: LossAttribution): Finding {
  const { totals, lostIds, failedIds, failedOnNew, failedOnNewLeftOut = 0, newRevision } = attribution;
  const elsewhere = [...lostIds, ...failedIds].filter((id) => !failedOnNew.has(id));
  const isUnknown = elsewhere.length > 0 && elsewhere.length <= failedOnNewLeftOut;
  const untold = failedOnNewLeftOut === Infinity ? '; the front did not tell all that failed on it' : '';
  const isHurt = elsewhere.length > 0 && !isUnknown;
  return {
    name: `only ${newRevision} costs requests`,
    verdict: isHurt ? 'failed' : isUnknown || isBehind(totals) ? 'inconclusive' : 'passed',
    observed: `${lostIds.length} lost and ${failedIds.length} answered wrongly of ${totals.sent}, ${elsewhere.length} of them not on ${newRevision}${untold}`,
    expected: `each lost or wrongly answered request failed on ${newRevision}`,
    samples: totals.sent,
    ...(elsewhere.length > 0 ? {} : { sentence: behindSentence(totals) }),
  };
}

/** A revision that was rolled back before it took traffic. */
export function servedNothing(revision: string, requests: number, requestsElsewhere: number): Finding {
  return {
    name: `${revision} takes no request`,
    verdict: requests > 0 ? 'failed' : requestsElsewhere === 0 ? 'inconclusive' : 'passed',
    observed: `${requests} requests, and ${requestsElsewhere} on the revision before it`,
    expected: '0 requests while others are served',
    samples: requestsElsewhere,
  };
}

export function reconciled(result: Omit<ReconciliationResult, 'ok'>): Finding {
  const count = (lists: Readonly<Record<string, readonly string[]>>) =>
    Object.values(lists).reduce((total, list) => total + list.length, 0);
  const { missingEffects, staleEffects } = result;
  const owed = missingEffects === undefined ? '' : `, ${count(missingEffects)} side effects missing`;
  const fenced = staleEffects === undefined ? '' : `, ${count(staleEffects)} written under an overtaken token`;
  const byEffect = [result.orphanEffects, result.doubledEffects, missingEffects ?? {}, staleEffects ?? {}];
  const problems = byEffect.reduce((sum, lists) => sum + count(lists), result.missing.length + result.doubled.length);
  return {
    name: 'what was acknowledged is stored once',
    verdict: problems > 0 ? 'failed' : result.acknowledged === 0 ? 'inconclusive' : 'passed',
    observed:
      `${result.acknowledged} acknowledged, ${result.stored} stored; ${result.missing.length} missing, ${result.doubled.length} doubled, ` +
      `${count(result.orphanEffects)} side effects without a cause, ${count(result.doubledEffects)} side effects doubled${owed}${fenced}`,
    expected: '0 missing, 0 doubled, 0 side effects without a cause',
    samples: result.acknowledged,
  };
}

/** A figure that was measured, and from how much. */
export interface Figure {
  readonly name: string;
  readonly value: number | undefined;
  readonly samples: number;
}

/** How a figure is judged. */
interface FigureOptions {
  readonly unit: string;
  /** Fewer samples are inconclusive. Default 20. */
  readonly minSamples?: number;
}

export interface AboutOptions extends FigureOptions {
  readonly target: number;
  readonly tolerance: number;
}

export interface LimitOptions extends FigureOptions {
  readonly limit: number;
}

/** The figure lies within a tolerance of its target. */
export function about(figure: Figure, { target, tolerance, ...options }: AboutOptions): Finding {
  const expected = `${target} ± ${tolerance} ${options.unit}`;
  return judged(figure, options, expected, (value) => Math.abs(value - target) <= tolerance);
}

/** The figure is less than its limit. */
export function below(figure: Figure, { limit, ...options }: LimitOptions): Finding {
  return judged(figure, options, `less than ${limit} ${options.unit}`, (value) => value < limit);
}

/** The figure is more than its limit. */
export function above(figure: Figure, { limit, ...options }: LimitOptions): Finding {
  return judged(figure, options, `more than ${limit} ${options.unit}`, (value) => value > limit);
}

function judged(
  { name, value, samples }: Figure,
  { unit, minSamples = 20 }: FigureOptions,
  expected: string,
  holds: (value: number) => boolean,
): Finding {
  const known = value !== undefined && Number.isFinite(value) && samples >= minSamples;
  return {
    name,
    verdict: !known ? 'inconclusive' : holds(value) ? 'passed' : 'failed',
    observed: value === undefined ? 'no value' : `${Number(value.toPrecision(4))} ${unit}`,
    expected: `${expected}, from at least ${minSamples} samples`,
    samples,
    ...(known ? {} : { sentence: `${name}: ${samples} samples, and ${minSamples} are needed to say` }),
  };
}

/** Whole ms, or seconds where nobody counts those; or that it never came. */
export function ms(value: number | undefined): string {
  if (value === undefined) return 'never';
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}
