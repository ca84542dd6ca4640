import type { SkewTrial } from '../../contract/lines/rollout';

/** In which order of revisions a sequence is tried: who is asked first, and who then needs what that left. */
export const SKEW_ORDERS = [
  { write: 'from', read: 'from' },
  { write: 'to', read: 'to' },
  { write: 'from', read: 'to' },
  { write: 'to', read: 'from' },
] as const;

export interface SkewFinding {
  readonly outcome: 'right' | 'wrong' | 'inconclusive';
  /** Absent when all is right. */
  readonly reason?: string;
}

/**
 * What the trials of one sequence say of a release. The old revision by itself is the measure: where it is wrong nothing is concluded, unless
 * it was right before the release began and the new one is: then the release has brought what it cannot live with, as a schema.
 */
export function judgeSkew({
  trials,
  from,
  to,
  wasRight,
}: {
  readonly trials: readonly SkewTrial[];
  /** Labels of the stable revision and of the new one. */
  readonly from: string;
  readonly to: string;
  /** Whether stable by itself was right before anything of the release began. */
  readonly wasRight: boolean;
}): SkewFinding {
  const of = (write: string, read: string) =>
    trials.find((trial) => trial.write === write && trial.read === read && trial.beside === undefined);
  const unseen = trials.find(({ is }) => is === 'unseen');
  if (unseen !== undefined) return inconclusive(`${unseen.request} ${unseen.reason}`);
  const alone = of(from, from);
  const fresh = of(to, to);
  if (alone === undefined) return inconclusive(`${from} was not tried`);
  if (alone.is !== 'right') {
    if (!wasRight || fresh?.is !== 'right') return inconclusive(`${from} by itself answers wrongly: ${why(alone)}`);
    return wrong(`${from}, right before, answers wrongly since ${to} came: ${why(alone)}`);
  }
  if (fresh?.is === 'wrong') return wrong(`${to} answers wrongly where ${from} does not: ${why(fresh)}`);
  const left = of(to, from);
  if (left?.is === 'wrong') return wrong(`${from} does not understand what ${to} left behind: ${why(left)}`);
  const found = of(from, to);
  if (found?.is === 'wrong') return wrong(`${to} does not understand what ${from} left behind: ${why(found)}`);
  const together = trials.find(({ beside, is }) => beside !== undefined && is === 'wrong');
  if (together !== undefined)
    return wrong(`${to} and ${together.beside} do not understand each other: ${why(together)}`);
  return { outcome: 'right' };
}

function why({ request, reason }: SkewTrial): string {
  return `${request}: ${reason}`;
}

function wrong(reason: string): SkewFinding {
  return { outcome: 'wrong', reason };
}

function inconclusive(reason: string): SkewFinding {
  return { outcome: 'inconclusive', reason };
}
