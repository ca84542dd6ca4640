import type { NightlyHistory, NightlyTry } from '../contract/nightly-history';
import type { LeftOut } from '../contract/lines/night';
import type { Candidate } from './candidate';
import { datedTries, unsureness, type DatedTry } from './sureness';
import { groupBy } from '../core/group-by';

/** A scenario that no night has timed: a load that gets steady, and a canary with a bake. */
const SCENARIO_GUESS_MS = 60_000;
const COMMAND_GUESS_MS = 300_000;

/** Added to the longest of the last tries: the next one may be longer. */
const MARGIN = 1.25;
const TIMED_TRIES = 5;

/** Scenarios that share a stack; more, and a cut at the end of the budget costs more. */
const BATCH_MS_MAX = 240_000;

/** What the plan of a night follows from. */
export interface PlanInput {
  readonly candidates: readonly Candidate[];
  readonly history: NightlyHistory;
  /** What was tried tonight already. */
  readonly tonight: readonly NightlyTry[];
  /** Wall ms. */
  readonly nowMs: number;
  readonly remainingMs: number;
  /** What a stack takes to come up and go down. */
  readonly stackMs: number;
}

/** A candidate in the order of the night. */
export interface Planned {
  readonly candidate: Candidate;
  /** 1, or more for a repetition with the same seed. */
  readonly attempt: number;
  readonly expectedMs: number;
}

/** What comes next, and what does not fit. */
export interface Plan {
  readonly order: readonly Planned[];
  /** Of what was not tried tonight. */
  readonly leftOut: readonly LeftOut[];
}

interface Known {
  readonly candidate: Candidate;
  readonly unsure: number;
  /** Wall ms; before all time when it was never tried. */
  readonly lastMs: number;
  readonly expectedMs: number;
  readonly tonight: readonly NightlyTry[];
}

/**
 * What a night tries in what is left of its budget. First each candidate once, the least surely known first (see {@link unsureness}), and of
 * those alike the one that was tried longest ago. Then those that gave an answer again, with the same seed, to see whether they give the
 * same: what failed tonight first, then what was repeated least. Who does not fit lets a shorter one pass.
 */
export function planNight(input: PlanInput): Plan {
  const before = groupBy(datedTries(input.history), ({ candidate }) => candidate);
  const known = input.candidates.map((candidate) => knownOf(candidate, before.get(candidate.id) ?? [], input));
  const fresh = known.filter(({ tonight }) => tonight.length === 0).sort(byNeed);
  // What a command tries is told by the scenarios that it runs.
  const isRepeated = ({ candidate, tonight }: Known) => candidate.means.kind === 'scenario' && tonight.some(isAnswer);
  const again = known.filter(isRepeated).sort(byDoubt);
  const order: Planned[] = [];
  const leftOut: LeftOut[] = [];
  let leftMs = input.remainingMs;
  let batchMs = Number.POSITIVE_INFINITY;
  for (const { candidate, expectedMs, tonight } of [...fresh, ...again]) {
    const sharesStack = candidate.means.kind === 'scenario' && batchMs + expectedMs <= BATCH_MS_MAX;
    const costMs = expectedMs + (candidate.means.kind === 'scenario' && !sharesStack ? input.stackMs : 0);
    if (costMs > leftMs) {
      if (tonight.length === 0) leftOut.push(noTimeFor(candidate, costMs, leftMs));
      continue;
    }
    leftMs -= costMs;
    batchMs =
      candidate.means.kind === 'command' ? Number.POSITIVE_INFINITY : sharesStack ? batchMs + expectedMs : expectedMs;
    order.push({ candidate, attempt: tonight.length + 1, expectedMs });
  }
  return { order, leftOut };
}

/** What is tried together: scenarios that fit on one stack, or one command. */
export function firstBatch(order: readonly Planned[]): readonly Planned[] {
  const [first] = order;
  if (first?.candidate.means.kind !== 'scenario') return order.slice(0, 1);
  let totalMs = 0;
  const end = order.findIndex(({ candidate, expectedMs }, index) => {
    totalMs += expectedMs;
    return index > 0 && (candidate.means.kind !== 'scenario' || totalMs > BATCH_MS_MAX);
  });
  return end === -1 ? order : order.slice(0, end);
}

/** Whether a try told what the scenario comes to. */
export function isAnswer({ verdict }: NightlyTry): boolean {
  return verdict === 'passed' || verdict === 'failed' || verdict === 'error';
}

function knownOf(candidate: Candidate, before: readonly DatedTry[], { tonight, nowMs }: PlanInput): Known {
  const own = tonight.filter(({ candidate: id }) => id === candidate.id);
  const all: DatedTry[] = [...before, ...own.map((one) => ({ ...one, atMs: nowMs }))];
  const timed = all.slice(-TIMED_TRIES).map(({ durationMs }) => durationMs);
  const guessMs = candidate.guessMs ?? (candidate.means.kind === 'scenario' ? SCENARIO_GUESS_MS : COMMAND_GUESS_MS);
  return {
    candidate,
    unsure: unsureness(all, nowMs),
    lastMs: all.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY,
    expectedMs: timed.length === 0 ? guessMs : MARGIN * Math.max(...timed),
    tonight: own,
  };
}

function byNeed(a: Known, b: Known): number {
  // Those that share a stack stand together.
  const kind = ({ candidate }: Known) => (candidate.means.kind === 'scenario' ? 0 : 1);
  return b.unsure - a.unsure || compare(a.lastMs, b.lastMs) || kind(a) - kind(b) || compare(idOf(a), idOf(b));
}

function idOf({ candidate }: Known): string {
  return candidate.id;
}

function byDoubt(a: Known, b: Known): number {
  const hasFailed = ({ tonight }: Known) => (tonight.some(({ verdict }) => verdict !== 'passed') ? 1 : 0);
  // Once is enough to see that a failure comes again: then it waits its turn.
  const urgency = (one: Known) => (one.tonight.length === 1 ? hasFailed(one) : 0);
  return urgency(b) - urgency(a) || a.tonight.length - b.tonight.length || byNeed(a, b);
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noTimeFor({ id, title }: Candidate, costMs: number, leftMs: number): LeftOut {
  const seconds = (ms: number) => Math.round(Math.max(0, ms) / 1_000);
  return {
    id,
    title,
    reason: `it takes about ${seconds(costMs)} s; ${seconds(leftMs)} s of the budget were left for it`,
  };
}
