import type { LineOf } from '../contract/observation';
import { groupBy } from '../core/group-by';

type SkewLine = LineOf<'skew'>;
type Trial = SkewLine['trials'][number];

/** What a rollout found of one thing that its revisions leave behind for each other. */
export interface SkewView {
  readonly name: string;
  readonly outcome: SkewLine['outcome'];
  readonly reason: string | undefined;
  /** How often all of its orders were tried: what is found wrong is tried again before it is believed. */
  readonly times: number;
  /** The last of them, in the order in which they were made. */
  readonly trials: readonly Trial[];
}

/** One a name, those that are wrong first; what was tried last is what was believed. */
export function skewViews(lines: readonly SkewLine[]): SkewView[] {
  const byName = [...groupBy(lines, ({ name }) => name)];
  const views = byName.flatMap(([name, own]) => {
    const last = own.at(-1);
    if (last === undefined) return [];
    const { outcome, reason, trials } = last;
    return [{ name, outcome, reason, trials, times: own.length }];
  });
  return views.sort((one, other) => RANK[one.outcome] - RANK[other.outcome]);
}

const RANK = { wrong: 0, inconclusive: 1, right: 2 } as const satisfies Record<SkewLine['outcome'], number>;

/** What came of an order of two revisions: what was answered, or that nobody knows who did. */
export function trialText({ is, request, reason }: Trial): string {
  if (is === 'right') return 'right';
  const said = [request, reason].filter((part) => part !== undefined).join(': ');
  return is === 'unseen' ? `not read: ${said}` : `wrong: ${said}`;
}
