import type { TrafficCounts } from '../../contract/observation';
import type { SlowAnswers, SlowCounts } from '../../contract/slow-answers';
import { fisherExactGreater } from '../../statistics/fisher';
import { mannWhitneyGreater, smallestRankPValue } from '../../statistics/mann-whitney';
import { powerToDetect } from '../../statistics/power';
import { alphaOfLook } from '../../statistics/repeated-looks';
import type { SameSeconds } from './same-seconds';
import type { RolloutSettings } from '../strategies/settings';
import type { WindowSummary } from './windows';

/** Only a look that is due may abort: each one spends a part of the false alarms allowed. */
export interface Look {
  /** Looks so far, this one included. */
  readonly count: number;
  readonly due: boolean;
}

/** What the judge knows when it looks. `stable` is from the same seconds, or, at weight 100, from before: see `atFullWeight`. */
export interface Evidence {
  readonly canary: TrafficCounts;
  readonly stable: TrafficCounts;
  readonly canaryWindows: readonly WindowSummary[];
  readonly stableWindows: readonly WindowSummary[];
  /** Absent as long as nobody can say what is slow. */
  readonly slow?: SlowAnswers;
  /** With those of the seconds in which one revision helped the other out: of these nothing can be held against either. */
  readonly slowInAll?: SlowAnswers;
  /** Why the load found answers of the canary wrong, most frequent first. */
  readonly wrongBecause: readonly string[];
  /** Whether `stable` is from the same seconds. */
  readonly isSameSeconds: boolean;
  /** Whether it is known how long what was right took; where it is not, nothing is said of latency. */
  readonly isTimed: boolean;
  /** What the rollout has shown so far of the seconds in which both had traffic, those of earlier steps included. */
  readonly sameSeconds: Pick<SameSeconds, 'worse' | 'notWorse' | 'notSlower'>;
  readonly errors: Look;
  readonly latency: Look;
  /** Phases of the rollout that are judged: they share the probability of a false alarm. */
  readonly phases: number;
}

/**
 * What is known when a judgement holds for want of requests alone, and there is no doubt: that the errors have not risen by what the user names;
 * and that latency, compared in this phase, has not either.
 */
type Known = 'errors' | 'errors and latency';

export interface Judgement {
  readonly outcome: 'hold' | 'promote' | 'abort';
  /** An abort for want of evidence: nothing is said of the release. */
  readonly isInconclusive?: true;
  /** Absent where something is open, or decided. */
  readonly known?: Known;
  /** With the numbers that it rests on. */
  readonly reason: string;
  readonly figures: Figures;
}

/** What a judgement rests on, as the journal tells it. */
export interface Figures {
  readonly canary: TrafficCounts;
  readonly stable: TrafficCounts;
  readonly errorPValue?: number;
  readonly latencyPValue?: number;
  readonly latencyShiftMs?: number;
  readonly slow?: SlowAnswers;
  readonly slowPValue?: number;
  readonly power?: number;
}

/** Against what stable did before, and for requests that hang, tests have `errorAlpha` each, for all phases; latency tests share theirs. */
export function errorLevel(settings: RolloutSettings, phases: number, look: number): number {
  return alphaOfLook(settings.errorAlpha / phases, Math.max(1, look));
}

/** Slow answers are looked at whenever errors are. */
function slowLevel(settings: RolloutSettings, phases: number, look: number): number {
  return alphaOfLook(settings.slowAlpha / phases, Math.max(1, look));
}

export function latencyLevel(settings: RolloutSettings, phases: number, look: number): number {
  return alphaOfLook(settings.latencyAlpha / phases / 2, Math.max(1, look));
}

/** Whether so many windows can show anything: fewer would not, however slow the canary is. */
export function canJudgeLatency(
  settings: RolloutSettings,
  phases: number,
  look: number,
  canary: number,
  stable: number,
): boolean {
  return smallestRankPValue(canary, stable) < latencyLevel(settings, phases, look);
}

/**
 * Compares the canary with stable. Aborts as soon as a test that holds at any look says "worse", whatever the number of requests; promotes
 * only when a rise of `riseToDetect` is ruled out (or, against what stable did before, would have been seen) and latency was compared too.
 * Anything that hurts both alike is no reason to abort.
 */
export function judge(evidence: Evidence, settings: RolloutSettings): Judgement {
  const { canary, stable } = evidence;
  const errors = judgeErrors(evidence, settings);
  const slow = evidence.errors.due ? judgeSlow(evidence, settings) : {};
  const latency = evidence.latency.due ? judgeLatency(evidence, settings) : {};
  const figures = { canary, stable, ...errors.figures, ...slow.figures, ...latency.figures };
  const slower = latency.slower ?? slow.slower;
  const isBetter = failsLess(evidence);
  const abort = errors.abort ?? (slower === undefined || isBetter ? undefined : `slower than stable: ${slower}`);
  if (abort !== undefined) return { outcome: 'abort', reason: abort, figures };
  const known = isRuledOut(evidence, settings) ? ({ known: 'errors' } as const) : {};
  if (canary.requests === 0) {
    return { outcome: 'hold', reason: 'no requests on the new revision yet', figures, ...known };
  }
  if (stable.requests === 0) {
    return { outcome: 'hold', reason: 'no requests on stable to compare with', figures, ...known };
  }
  const counts = counted(evidence);
  const waits = (why: string) => ({
    outcome: 'hold' as const,
    reason: `${counts}; ${why}${stableFails(evidence, settings)}`,
    figures,
  });
  const doubt = latencyDoubt(evidence, settings) ?? slowDoubt(evidence, settings);
  const takesLonger = slower ?? doubt;
  if (isBetter && takesLonger !== undefined) return waits(saturated(takesLonger));
  if (doubt !== undefined) return waits(doubt);
  if (evidence.isTimed && !isLatencyComparable(evidence, settings)) {
    const inAll = isBetter ? slowInAll(evidence, settings) : undefined;
    if (inAll !== undefined) return waits(saturated(inAll));
    const windows = `${evidence.canaryWindows.length} and ${evidence.stableWindows.length} windows`;
    return { ...waits(`latency not comparable yet (${windows})`), ...known };
  }
  // So many that the rise would show in one of them: what was ruled out before says nothing of this weight.
  const least = Math.ceil(1 / settings.riseToDetect);
  if (canary.requests < least) return { ...waits(`${least} requests at this weight are the least`), ...known };
  const { power, seen } = powerOf(evidence, settings);
  const tail = power < settings.powerToPromote ? undefined : tailOpen(evidence, settings);
  if (tail !== undefined) return waits(tail);
  return power >= settings.powerToPromote
    ? { outcome: 'promote', reason: `${counts}; ${seen}`, figures: { ...figures, power } }
    : { ...waits(`${seen}, ${percent(settings.powerToPromote)} needed`), figures: { ...figures, power } };
}

function isRuledOut({ sameSeconds }: Evidence, { powerToPromote }: RolloutSettings): boolean {
  return ruledOutBy(sameSeconds.notWorse()) >= powerToPromote;
}

/** How surely so much evidence rules something out, from 0 to 1. */
function ruledOutBy(evidence: number): number {
  return Math.max(0, 1 - 1 / evidence);
}

/** So rarely does an innocent pair look as if stable failed more often. */
const BETTER_ALPHA = 0.01;

/**
 * Whether stable fails more often than the canary. Then nobody knows how long the requests that it failed would have taken, and one that answers
 * them all has more to do: what takes longer is not the worse one.
 */
function failsLess({ canary, stable, isSameSeconds }: Evidence): boolean {
  return isSameSeconds && fisherExactGreater(stable, canary) < BETTER_ALPHA;
}

function saturated(slower: string): string {
  return `both are saturated: stable fails more requests, and the new revision takes longer (${slower})`;
}

/** Windows may have gone since the first look: then more have to come. */
function isLatencyComparable(evidence: Evidence, settings: RolloutSettings): boolean {
  const { latency, phases, canaryWindows, stableWindows } = evidence;
  return latency.count > 0 && canJudgeLatency(settings, phases, 1, canaryWindows.length, stableWindows.length);
}

/** Whoever waits for more traffic should know that it is stable that needs a look. */
function stableFails({ stable }: Evidence, { riseToDetect }: RolloutSettings): string {
  const ratio = stable.errors / Math.max(1, stable.requests);
  return ratio <= riseToDetect ? '' : `; ${percent(ratio)} of the requests fail on stable itself`;
}

interface Part {
  readonly abort?: string;
  /** By what it is slower. */
  readonly slower?: string;
  readonly figures?: Partial<Figures>;
}

function judgeErrors(evidence: Evidence, settings: RolloutSettings): Part {
  const { canary, stable } = evidence;
  const tests = errorTests(evidence, settings);
  if (tests === undefined) return {};
  const figures = { errorPValue: tests.errors.p };
  if (tests.errors.isWorse) {
    return {
      abort: `more errors than stable: ${counted(evidence)}${wrongText(evidence)} (${tests.errors.said})`,
      figures,
    };
  }
  if (tests.clientErrors.isWorse) {
    const [more, than] = [canary, stable].map(({ clientErrors, requests }) => `${clientErrors} of ${requests}`);
    return {
      abort: `more client errors (4xx) than stable: ${more} against ${than} (${tests.clientErrors.said})`,
      figures,
    };
  }
  return { figures };
}

interface Test {
  readonly p: number;
  readonly isWorse: boolean;
  /** With the numbers that it rests on. */
  readonly said: string;
}

/**
 * Errors and client errors, each with a test of its own at the same level: where clients err often anyway, failures would drown among them.
 * `undefined` when it is not the time to look.
 */
function errorTests(
  evidence: Evidence,
  settings: RolloutSettings,
): { readonly errors: Test; readonly clientErrors: Test } | undefined {
  const { canary, stable, sameSeconds, isSameSeconds, phases, errors } = evidence;
  if (isSameSeconds) {
    const test = (evidenceOfWorse: number): Test => {
      const p = Math.min(1, 1 / evidenceOfWorse);
      const said = `p = ${scientific(p)} < ${scientific(settings.errorAlpha)} at any look, over all steps`;
      return { p, isWorse: p < settings.errorAlpha, said };
    };
    return { errors: test(sameSeconds.worse('error')), clientErrors: test(sameSeconds.worse('clientError')) };
  }
  if (!errors.due) return undefined;
  const level = errorLevel(settings, phases, errors.count);
  const test = (p: number): Test => ({ p, isWorse: p < level, said: comparison(p, level, errors.count) });
  return {
    errors: test(fisherExactGreater(canary, stable)),
    clientErrors: test(fisherExactGreater(byClientErrors(canary), byClientErrors(stable))),
  };
}

/**
 * How sure it is that the errors have not risen by what the user names, and in words. What the steps before have ruled out need not be ruled
 * out once more against what stable did before.
 */
function powerOf(evidence: Evidence, settings: RolloutSettings): { readonly power: number; readonly seen: string } {
  const { canary, stable, sameSeconds, isSameSeconds, phases, errors } = evidence;
  const rise = settings.riseToDetect;
  const ruledOut = ruledOutBy(sameSeconds.notWorse());
  if (isSameSeconds || isRuledOut(evidence, settings)) {
    const where = isSameSeconds ? 'is ruled out' : 'was ruled out before,';
    return { power: ruledOut, seen: `a rise of ${points(rise)} ${where} with ${percent(ruledOut)}` };
  }
  const alpha = errorLevel(settings, phases, errors.count);
  const power = powerToDetect({ canaryRequests: canary.requests, stable, rise, alpha });
  return { power, seen: `a rise of ${points(rise)} would be seen with ${percent(power)}` };
}

/** The share of answers that are slower than the limit: the tail, of which middle and 95th percentile know nothing. */
function judgeSlow(evidence: Evidence, settings: RolloutSettings): Part {
  const { slow, errors, phases } = evidence;
  if (slow === undefined) return {};
  const slowPValue = slowTest(slow);
  const figures = { slow, slowPValue };
  const level = slowLevel(settings, phases, errors.count);
  if (slowPValue >= level || riseOf(slow) <= settings.slowRise) return { figures };
  return { slower: `${slowText(slow)} (${comparison(slowPValue, level, errors.count)})`, figures };
}

/** A tail as bad as one in twenty of innocents have it at a look is no reason to abort, and enough to wait. */
const SLOW_DOUBT_ALPHA = 0.05;

/**
 * A canary whose tail looks slower, with chance not yet ruled out: as with the middle, more requests decide before it is promoted. Not
 * against what stable did before: that does not grow with the requests, and a doubt about it would never end.
 */
function slowDoubt({ slow, isSameSeconds }: Evidence, settings: RolloutSettings): string | undefined {
  if (slow === undefined || !isSameSeconds || riseOf(slow) <= settings.slowRise) return undefined;
  const p = slowTest(slow);
  if (p >= SLOW_DOUBT_ALPHA) return undefined;
  return `${slowText(slow)} looks slower (p = ${scientific(p)}), more requests will tell`;
}

/**
 * What is missing to say that the tail has not become slower by what the user names. Not against what stable did before: there is no more of
 * that to come.
 */
function tailOpen({ slow, sameSeconds, isSameSeconds }: Evidence, settings: RolloutSettings): string | undefined {
  if (slow === undefined || !isSameSeconds) return undefined;
  const ruledOut = ruledOutBy(sameSeconds.notSlower());
  if (ruledOut >= settings.powerToPromote) return undefined;
  const rise = points(Math.max(settings.riseToDetect, settings.slowRise));
  return `${rise} more that are slow are ruled out with ${percent(ruledOut)}, ${percent(settings.powerToPromote)} needed`;
}

/** The same of all seconds: enough to say of a saturated service how it looks, and for nothing else. */
function slowInAll({ slowInAll: slow, ...evidence }: Evidence, settings: RolloutSettings): string | undefined {
  return slow === undefined ? undefined : slowDoubt({ ...evidence, slow }, settings);
}

/** A stable that had nothing slow does not show how that would have come together: it is taken to be no steadier than the canary. */
function slowTest({ canary, stable }: SlowAnswers): number {
  const trials = ({ requests, slow }: SlowCounts, designEffect: number) => {
    return { requests: Math.round(requests / designEffect), errors: Math.round(slow / designEffect) };
  };
  const { designEffect } = canary;
  return fisherExactGreater(trials(canary, designEffect), trials(stable, Math.max(designEffect, stable.designEffect)));
}

function riseOf({ canary, stable }: SlowAnswers): number {
  const share = ({ requests, slow }: SlowCounts) => (requests === 0 ? 0 : slow / requests);
  return share(canary) - share(stable);
}

function slowText({ limitMs, canary, stable }: SlowAnswers): string {
  const limit = `${Number(limitMs.toPrecision(3))} ms`;
  return `${canary.slow} of ${canary.requests} requests slower than ${limit}, stable ${stable.slow} of ${stable.requests}`;
}

/**
 * A canary that looks slower by more than the limit, with chance not yet ruled out: no reason to abort, and none to promote. More windows
 * decide. The level is that of one test alone: holding costs only time.
 */
function latencyDoubt(evidence: Evidence, settings: RolloutSettings): string | undefined {
  return SUMMARIES.map((summary) => {
    const { pValue, shift, limitMs } = compareLatency(evidence, settings, summary);
    if (shift <= limitMs || pValue >= settings.latencyAlpha) return undefined;
    return `${summary} +${shift.toFixed(1)} ms looks slower (p = ${scientific(pValue)}), more windows will tell`;
  }).find((doubt) => doubt !== undefined);
}

const SUMMARIES = ['median', 'p95'] as const;

function compareLatency(evidence: Evidence, settings: RolloutSettings, summary: (typeof SUMMARIES)[number]) {
  const compared = ranks(evidence.canaryWindows, evidence.stableWindows)[summary];
  const limitMs = Math.max(settings.latencyRiseMs, settings.latencyRiseRatio * middle(compared.stable));
  return { ...compared, limitMs };
}

type Windows = readonly WindowSummary[];

/** By the windows of both: there are several looks at the same ones, and each test sorts all pairs of them. */
const known = new WeakMap<Windows, WeakMap<Windows, ReturnType<typeof rank>>>();

function ranks(canary: Windows, stable: Windows): ReturnType<typeof rank> {
  const found = known.get(canary)?.get(stable);
  if (found !== undefined) return found;
  const made = rank(canary, stable);
  known.set(canary, (known.get(canary) ?? new WeakMap()).set(stable, made));
  return made;
}

function rank(canaryWindows: Windows, stableWindows: Windows) {
  const compare = (key: 'medianMs' | 'p95Ms') => {
    const canary = canaryWindows.flatMap((window) => window[key] ?? []);
    const stable = stableWindows.flatMap((window) => window[key] ?? []);
    return { canary, stable, ...mannWhitneyGreater(canary, stable) };
  };
  return { median: compare('medianMs'), p95: compare('p95Ms') };
}

function judgeLatency(evidence: Evidence, settings: RolloutSettings): Part {
  const level = latencyLevel(settings, evidence.phases, evidence.latency.count);
  const parts = SUMMARIES.map((summary): Part => {
    const { canary, stable, pValue, shift, limitMs } = compareLatency(evidence, settings, summary);
    const figures = { latencyPValue: pValue, latencyShiftMs: shift };
    if (pValue >= level || shift <= limitMs) return { figures };
    const test = `p = ${scientific(pValue)} < ${scientific(level)}, ${canary.length} and ${stable.length} windows`;
    const values = `${middle(canary).toFixed(1)} ms against ${middle(stable).toFixed(1)} ms`;
    return {
      slower: `${summary} ${values}, +${shift.toFixed(1)} ms > ${limitMs.toFixed(1)} ms (${test})`,
      figures,
    };
  });
  return parts.find((part) => part.slower !== undefined) ?? parts[0] ?? {};
}

/** What a test on errors rests on, for a reason. */
export function comparison(p: number, level: number, look: number): string {
  return `p = ${scientific(p)} < ${scientific(level)}, look ${look}`;
}

function byClientErrors({ requests, clientErrors }: TrafficCounts): TrafficCounts {
  return { requests, errors: clientErrors, clientErrors };
}

/** How many of the failed requests were answered, and wrongly. */
function wrongText({ canary, wrongBecause }: Evidence): string {
  const { wrong = 0 } = canary;
  return wrong === 0 ? '' : `, ${wrong} of them answered wrongly: ${wrongBecause[0] ?? 'no reason'}`;
}

function counted({ canary, stable }: Evidence): string {
  return `${canary.errors} of ${canary.requests} failed against ${stable.errors} of ${stable.requests}`;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function points(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} points`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function scientific(p: number): string {
  return p.toExponential(1);
}
