import type { LeftOut } from '../contract/lines/night';
import type { NightlyHistory } from '../contract/nightly-history';
import type { BatchResult, Candidate } from './candidate';
import type { NightRecord } from './night-record';
import { firstBatch, planNight, type Planned } from './plan';

/** A stack that none has timed tonight: up, warm, down. */
export const STACK_GUESS_MS = 60_000;

export interface NightOptions {
  readonly candidates: readonly Candidate[];
  /** Of them what is tried before anything is chosen: what everybody runs by day. */
  readonly first?: Candidate;
  readonly history: NightlyHistory;
  readonly record: NightRecord;
  readonly budgetMs: number;
  /** Aborted when the budget has ended, or whoever started the night wants it to end. */
  readonly signal: AbortSignal;
}

/** What a night asks of the world. */
export interface NightPorts {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Tries them together. Ends soon after the signal's abort. */
  readonly tryBatch: (batch: readonly Planned[], number: number, signal: AbortSignal) => Promise<BatchResult>;
}

/** What is left to be told of a night. */
export interface NightEnd {
  readonly leftOut: readonly LeftOut[];
  /** Why it ended before its time. */
  readonly stopped?: string;
}

/** Spends the budget: what comes first, then batch after batch of what is planned anew after each. */
export async function spendNight(options: NightOptions, ports: NightPorts): Promise<NightEnd> {
  const { candidates, first, history, record, budgetMs, signal } = options;
  const startedMs = ports.nowMs();
  let stackMs = STACK_GUESS_MS;
  let stopped: string | undefined;
  const plan = () =>
    planNight({
      ...{ candidates, history, tonight: record.tries, nowMs: ports.wallMs(), stackMs },
      remainingMs: signal.aborted ? 0 : budgetMs - (ports.nowMs() - startedMs),
    });
  let next = plan();
  let batch: readonly Planned[] =
    first === undefined ? firstBatch(next.order) : [{ candidate: first, attempt: 1, expectedMs: 0 }];
  for (let number = 1; batch.length > 0 && stopped === undefined; number += 1) {
    const result = await ports.tryBatch(batch, number, signal);
    record.take(result, signal.aborted);
    stopped = result.stop;
    if (batch[0]?.candidate.means.kind === 'scenario' && !signal.aborted) stackMs = stackTime(result) ?? stackMs;
    next = plan();
    batch = firstBatch(next.order);
  }
  const untried = next.order
    .filter(({ attempt }) => attempt === 1)
    .map(({ candidate: { id, title } }) => {
      return { id, title, reason: `nothing more could be tried: ${stopped ?? 'the night was ended'}` };
    });
  return { leftOut: [...untried, ...next.leftOut], ...(stopped === undefined ? {} : { stopped }) };
}

/** What a batch took beside its scenarios. */
function stackTime({ tries, tookMs }: BatchResult): number | undefined {
  const ran = tries.reduce((total, { durationMs }) => total + durationMs, 0);
  return ran === 0 ? undefined : Math.max(0, tookMs - ran);
}
