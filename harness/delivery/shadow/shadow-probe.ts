import type { ShadowDifference } from '../../contract/lines/shadow';
import { HarnessError } from '../../core/errors';
import { seededRandom } from '../../core/random';
import { alphaOfLook, lookSchedule } from '../../statistics/repeated-looks';
import type { CopiedRequest } from '../../front/copies';
import { invalid } from '../checked';
import type { Shadow } from '../ports';
import { enter, type RunningRollout } from '../rollout';
import { watch } from '../watch';
import { Comparison, differenceText, type Triple } from './compare';
import { latencyComparison, type LatencyComparison, type ShadowLatency } from './latency';
import { Waiting } from './waiting';

export interface ShadowOptions {
  /** Users' requests that are to be compared. */
  readonly copies: number;
  /** Of them a second, at most: stable gets each twice, the new revision once. */
  readonly copiesPerSecond: number;
  /** What may differ. */
  readonly accept: readonly string[];
}

/** Copies between two looks. */
const LOOK_EVERY = 10;

/** What differed in single copies is asked again: so many requests, each so often. */
const SUSPECTS_MAX = 8;
const REPEATS = 12;

/** The share of the copies that a cold process gets before its latency counts, at most `warmupRequests`. */
const WARMUP_SHARE = 0.25;

/** Copies in one tick, when those before were late. */
const BURST_MAX = 5;

interface Suspect {
  readonly kind: string;
  readonly request: CopiedRequest;
  readonly what: string;
}

/** What a comparison of two revisions is made of, as it goes. */
interface Course {
  readonly rollout: RunningRollout;
  readonly shadow: Shadow;
  readonly options: ShadowOptions;
  readonly comparison: Comparison;
  /** Of requests in which something differed, asked once more. */
  readonly confirmed: Comparison;
  readonly suspects: Map<string, Suspect>;
  /** Of triples: each is asked in an order of its own. */
  asked: number;
  failed: number;
  latency?: ShadowLatency;
}

/**
 * Compares what both revisions answer to copies of users' requests that read, before the new one has a user. Half of `errorAlpha` is for
 * what differs in many copies, looked at as they come; the other half for what differed in few, asked again at the end.
 * @throws HarnessError `release-differs`, `release-not-judged` for want of requests
 */
export async function probeShadow(rollout: RunningRollout, options: ShadowOptions): Promise<void> {
  const { ports, service, deadlineAtMs } = rollout;
  if (ports.shadow === undefined) throw invalid('shadow', `nobody can copy requests to ${service}`, options);
  enter(rollout, 'Analyzing', { deadlineAtMs, reason: 'copies of requests that read are compared' });
  await using shadow = await ports.shadow(service);
  const made = { comparison: new Comparison(options.accept), confirmed: new Comparison(options.accept) };
  const course: Course = { rollout, shadow, options, ...made, suspects: new Map(), asked: 0, failed: 0 };
  try {
    await gather(course);
    await confirm(course);
    const [difference] = course.confirmed.differences(rollout.strategy.settings.errorAlpha / 2);
    if (difference !== undefined) throw differs(course, differenceText(difference, labels(course)));
  } catch (error) {
    tell(course, error);
    throw error;
  }
  tell(course);
}

async function gather(course: Course): Promise<void> {
  const { rollout, shadow, options, comparison } = course;
  const { settings } = rollout.strategy;
  const waiting = new Waiting();
  const looks = lookSchedule(LOOK_EVERY, LOOK_EVERY);
  const latency = latencyComparison(settings);
  const warmup = Math.min(settings.warmupRequests, Math.ceil(options.copies * WARMUP_SHARE));
  await watch(rollout, async (_nowMs, spentMs) => {
    for (const request of await shadow.requests()) waiting.add(request);
    const due = Math.floor((spentMs / 1_000) * options.copiesPerSecond) - course.asked;
    for (let n = 0; n < Math.min(due, BURST_MAX) && comparison.copies < options.copies; n += 1) {
      const next = waiting.next();
      if (next === undefined) break;
      const triple = await ask(course, next.request);
      if (triple === undefined) continue;
      for (const what of comparison.add(next.kind, triple)) {
        const name = `${next.kind} ${what}`;
        if (!course.suspects.has(name)) course.suspects.set(name, { ...next, what });
      }
      const [from, to] = [triple.from[0]?.latencyMs, triple.to?.latencyMs];
      const isWarm = comparison.copies > warmup;
      if (isWarm && from !== undefined && to !== undefined) latency.add(rollout.ports.clock.now(), { from, to });
    }
    const isComplete = comparison.copies >= options.copies;
    if (looks.due(comparison.copies) || isComplete) look(course, looks.look);
    if (!isComplete && spentMs >= settings.inconclusiveMs) throw tooFew(course, spentMs);
    return isComplete;
  });
  lookAtLatency(course, latency);
}

/** @throws HarnessError `release-differs` */
function look(course: Course, count: number): void {
  const { rollout, comparison } = course;
  const level = alphaOfLook(rollout.strategy.settings.errorAlpha / 2, Math.max(1, count));
  const [difference] = comparison.differences(level);
  if (difference !== undefined) throw differs(course, differenceText(difference, labels(course)));
}

/** Once, when all is there. @throws HarnessError `release-differs` */
function lookAtLatency(course: Course, latency: LatencyComparison): void {
  const seen = latency.compare(course.rollout.ports.clock.now());
  if (seen === undefined) return;
  course.latency = seen;
  if (!latency.isSlower(seen)) return;
  const { from, to } = labels(course);
  const text = `copies took ${seen.toMs.toFixed(1)} ms in ${to}, ${seen.fromMs.toFixed(1)} ms in ${from}`;
  throw differs(course, `${text} (p = ${seen.pValue.toExponential(1)}, ${seen.windows} windows)`);
}

/** Asks again where single copies differed: what is not by chance differs again, and what users changed meanwhile does not. */
async function confirm(course: Course): Promise<void> {
  const { rollout, confirmed, options } = course;
  const again = [...course.suspects.values()]
    .slice(0, SUSPECTS_MAX)
    .flatMap((suspect) => Array(REPEATS).fill(suspect) as Suspect[]);
  let done = 0;
  await watch(rollout, async (_nowMs, spentMs) => {
    const due = Math.floor((spentMs / 1_000) * options.copiesPerSecond) - done;
    for (const { kind, request } of again.slice(done, done + Math.max(0, Math.min(due, BURST_MAX)))) {
      done += 1;
      const triple = await ask(course, request);
      if (triple !== undefined) confirmed.add(kind, triple);
    }
    return done >= again.length;
  });
}

/** The place of the new revision among the three is drawn: whatever comes of an order comes to both. */
async function ask(course: Course, request: CopiedRequest): Promise<Triple | undefined> {
  const { rollout, shadow } = course;
  const place = Math.floor(seededRandom(`${rollout.id}/${course.asked}`).next() * 3);
  course.asked += 1;
  const revisions = [0, 1, 2].map((at) => (at === place ? rollout.to : rollout.from));
  const answers = await shadow.ask(request, revisions);
  if (answers === undefined) {
    course.failed += 1;
    return undefined;
  }
  const [one, other] = answers.filter((_, at) => at !== place);
  return { from: [one, other], to: answers[place] };
}

function labels({ rollout: { from, to } }: Course): { readonly from: string; readonly to: string } {
  return { from: from.label, to: to.label };
}

function tell(course: Course, error?: unknown): void {
  const { rollout, shadow, comparison, confirmed, latency, options } = course;
  const { id, service, journal, strategy } = rollout;
  const isDifferent = error instanceof HarnessError && error.code === 'release-differs';
  const isEnough = error === undefined && comparison.copies >= options.copies;
  const outcome = isDifferent ? 'different' : isEnough ? 'same' : 'inconclusive';
  const reason = error instanceof Error ? error.message : isEnough ? undefined : 'somebody promoted';
  const level = strategy.settings.errorAlpha / 2;
  const differences: readonly ShadowDifference[] = [...comparison.differences(level), ...confirmed.differences(level)];
  journal.append({
    type: 'shadow',
    ...{ rollout: id, service, outcome },
    ...(reason === undefined ? {} : { reason }),
    ...{ copies: comparison.copies, failed: course.failed, ...shadow.seen() },
    kinds: [...comparison.kinds()],
    differences: isDifferent ? [...differences] : [],
    ...(latency === undefined ? {} : { latency }),
  });
}

function differs({ rollout, comparison }: Course, message: string): HarnessError {
  return new HarnessError('release-differs', {
    message,
    facts: { revision: rollout.to.label, copies: comparison.copies },
    hint: 'Name in `accept` what is meant to differ, as `$.total` or `GET /orders/{id}: $.total`.',
  });
}

function tooFew({ shadow, comparison, options, failed }: Course, waitedMs: number): HarnessError {
  const { reads, others } = shadow.seen();
  const came = `users sent ${reads} requests that read and ${others} others`;
  const lost = failed === 0 ? '' : `, ${failed} copies could not be sent`;
  return new HarnessError('release-not-judged', {
    message: `inconclusive after ${Math.round(waitedMs / 1_000)} s: ${comparison.copies} of ${options.copies} copies were compared; ${came}${lost}`,
    facts: { waitedMs, copies: comparison.copies, reads, others, failed },
  });
}
