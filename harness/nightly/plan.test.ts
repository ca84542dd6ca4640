import { describe, expect, it } from '@jest/globals';
import type { Night } from '../contract/nightly-history';
import type { Candidate } from './candidate';
import { firstBatch, planNight, type PlanInput } from './plan';
import { datedTries, unsureness } from './sureness';
import { TONIGHT_MS, commandNamed, historyOf, nightBefore, scenarioNamed, triedAs } from './testing/night';

const named = (...ids: readonly string[]): Candidate[] => ids.map(scenarioNamed);

const planOf = (candidates: readonly Candidate[], more: Partial<PlanInput> = {}) => {
  const base = { history: historyOf(), tonight: [], nowMs: TONIGHT_MS, remainingMs: 3_600_000, stackMs: 30_000 };
  return planNight({ ...base, candidates, ...more });
};

const ids = (plan: ReturnType<typeof planOf>) =>
  plan.order.map(({ candidate, attempt }) => `${candidate.id}${attempt > 1 ? `×${attempt}` : ''}`);

const unsure = (...nights: readonly Night[]) => unsureness(datedTries(historyOf(...nights)), TONIGHT_MS);

describe('how unsure a verdict is', () => {
  it('is greatest of what was never tried, and falls with every try that says the same', () => {
    const never = unsure();
    const once = unsure(nightBefore(1, [triedAs('a', 'passed')]));
    const often = unsure(...[1, 2, 3, 4].map((days) => nightBefore(days, [triedAs('a', 'passed')])));
    expect(never).toBeCloseTo(Math.sqrt(1 / 12));
    expect(never).toBeGreaterThan(once);
    expect(once).toBeGreaterThan(often);
  });

  it('grows with the time since', () => {
    const after = (days: number) => unsure(nightBefore(days, [triedAs('a', 'passed')]));
    expect(after(30)).toBeGreaterThan(after(2));
    expect(after(300)).toBeCloseTo(unsure());
  });

  it('is greater where verdicts contradict each other', () => {
    const nights = (...verdicts: readonly ('passed' | 'failed')[]) =>
      unsure(...verdicts.map((verdict, index) => nightBefore(index + 1, [triedAs('a', verdict)])));
    expect(nights('passed', 'failed', 'passed', 'failed')).toBeGreaterThan(
      nights('passed', 'passed', 'passed', 'passed'),
    );
  });

  it('falls a little with what could not tell: it does not come first for ever', () => {
    const busy = unsure(...[1, 2, 3].map((days) => nightBefore(days, [triedAs('a', 'inconclusive')])));
    expect(busy).toBeLessThan(unsure());
    expect(busy).toBeGreaterThan(unsure(...[1, 2, 3].map((days) => nightBefore(days, [triedAs('a', 'passed')]))));
  });
});

describe('the order of a night', () => {
  const history = historyOf(
    nightBefore(1, [triedAs('yesterday', 'passed'), triedAs('shaky', 'failed')]),
    nightBefore(2, [triedAs('shaky', 'passed'), triedAs('yesterday', 'passed')]),
    nightBefore(20, [triedAs('long-ago', 'passed')]),
  );

  it('is the least surely and least recently tried first', () => {
    expect(ids(planOf(named('yesterday', 'shaky', 'long-ago', 'never'), { history }))).toEqual([
      'never',
      'long-ago',
      'shaky',
      'yesterday',
    ]);
  });

  it('names what does not fit, with the time it takes, and lets a shorter one pass', () => {
    const timed = historyOf(nightBefore(1, [triedAs('long', 'failed', 200_000), triedAs('short', 'passed', 20_000)]));
    const plan = planOf(named('short', 'long'), { history: timed, remainingMs: 100_000 });
    expect(ids(plan)).toEqual(['short']);
    expect(plan.leftOut).toEqual([
      { id: 'long', title: 'long', reason: 'it takes about 280 s; 100 s of the budget were left for it' },
    ]);
  });

  it('leaves out everything when nothing is left', () => {
    expect(planOf(named('a', 'b'), { remainingMs: 0 })).toMatchObject({
      order: [],
      leftOut: [{ id: 'a' }, { id: 'b' }],
    });
  });

  it('begins to repeat only when each had its turn: what failed tonight first, then what was repeated least', () => {
    const tonight = [
      ...[
        triedAs('passed', 'passed'),
        triedAs('failed', 'failed'),
        triedAs('twice', 'passed'),
        triedAs('twice', 'passed'),
      ],
    ];
    expect(ids(planOf(named('passed', 'failed', 'twice', 'new'), { tonight }))).toEqual([
      'new',
      'failed×2',
      'passed×2',
      'twice×3',
    ]);
    const again = [...tonight, triedAs('failed', 'failed')];
    expect(ids(planOf(named('passed', 'failed'), { tonight: again }))).toEqual(['passed×2', 'failed×3']);
  });

  it('repeats nothing that could not tell, and no command', () => {
    const tonight = [triedAs('busy', 'inconclusive'), triedAs('bench', 'passed')];
    expect(planOf([scenarioNamed('busy'), commandNamed('bench')], { tonight })).toEqual({ order: [], leftOut: [] });
  });

  it('counts a stack once for all that share it', () => {
    // Three minutes for three scenarios of a minute, and the stack: it fits only if they share it.
    expect(ids(planOf(named('a', 'b', 'c'), { remainingMs: 210_000 }))).toEqual(['a', 'b', 'c']);
    expect(ids(planOf(named('a', 'b', 'c'), { remainingMs: 209_000 }))).toEqual(['a', 'b']);
  });
});

describe('what is tried together', () => {
  it('are scenarios for one stack, up to four minutes of them, or one command', () => {
    const batch = (...candidates: readonly Candidate[]) =>
      firstBatch(planOf(candidates).order).map(({ candidate }) => candidate.id);
    expect(batch(...named('a', 'b', 'c', 'd', 'e', 'f'))).toEqual(['a', 'b', 'c', 'd']);
    expect(batch(scenarioNamed('a'), commandNamed('z'))).toEqual(['a']);
    expect(batch(commandNamed('y'), commandNamed('z'))).toEqual(['y']);
    expect(batch()).toEqual([]);
  });

  it('is one scenario that is longer than that', () => {
    const history = historyOf(nightBefore(1, [triedAs('a', 'passed', 600_000)]));
    expect(firstBatch(planOf(named('a', 'b'), { history }).order).map(({ candidate }) => candidate.id)).toEqual(['b']);
    expect(firstBatch(planOf(named('a'), { history }).order)).toHaveLength(1);
  });
});
