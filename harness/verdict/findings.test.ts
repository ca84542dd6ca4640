import { describe, expect, it } from '@jest/globals';
import type { SwitchFacts } from '../contract/observation';
import {
  above,
  about,
  below,
  keptReplicas,
  keptUp,
  lostOnlyOn,
  lostRequests,
  promoted,
  reconciled,
  rolledBack,
  routedNothingToCandidateAfterTheSwitch,
  servedNothing,
} from './findings';
import { findingError } from './matchers';

const totals = { sent: 10_000, ok: 10_000, failed: 0, lost: 0, late: 0, unsent: 0 };

describe('a load', () => {
  it('kept up with at most one late or unsent request in a thousand', () => {
    expect(keptUp(totals).verdict).toBe('passed');
    expect(keptUp({ ...totals, late: 6, unsent: 4 }).verdict).toBe('passed');
    expect(keptUp({ ...totals, late: 7, unsent: 4 })).toMatchObject({
      verdict: 'inconclusive',
      observed: '7 late, 4 unsent of 10004',
    });
  });

  it('that sent nothing, or ended by itself, shows nothing', () => {
    expect(keptUp({ ...totals, sent: 0, ok: 0 }).verdict).toBe('inconclusive');
    expect(keptUp({ ...totals, bound: 'duration' })).toMatchObject({
      verdict: 'inconclusive',
      observed: '0 late, 0 unsent of 10000; it ended by itself at its limit of duration',
    });
    expect(lostRequests({ ...totals, bound: 'requests' }, 0).verdict).toBe('inconclusive');
    expect(lostRequests(totals, 0).verdict).toBe('passed');
  });

  it('that got wrong answers says why', () => {
    const reasons = { 'no order id': 6, 'status 302': 2 };
    expect(lostRequests({ ...totals, ok: 9_992, failed: 8, reasons }, 10)).toMatchObject({
      verdict: 'failed',
      observed: '0 lost, 8 failed (no order id: 6, status 302: 2), 9992 ok of 10000 sent; 0 late, 0 unsent',
    });
  });
});

describe('a load that fell behind', () => {
  it('is told as the machine’s doing, and never as a lost request', () => {
    const late = { ...totals, late: 20 };
    for (const finding of [keptUp(late), lostRequests(late, 0)]) {
      expect(findingError(finding)).toMatchObject({
        kind: 'inconclusive',
        message: expect.stringMatching(/^the machine was too busy to send requests in time: 20 of 10000 were late/),
      });
    }
    expect(findingError(lostRequests({ ...late, lost: 1 }, 0))).toMatchObject({ kind: 'stack' });
  });
});

describe('a rollout', () => {
  const ended = (outcome: 'promoted' | 'rolled-back', cause?: string) => ({
    ...{ outcome, from: 'orders-r1', to: 'orders-r2', reason: 'as it was', startedAtMs: 0, rolledBackAtMs: 900 },
    ...(cause === undefined ? {} : { cause }),
  });

  it('was promoted, or taken back for what the release did', () => {
    expect(promoted(ended('promoted')).verdict).toBe('passed');
    for (const cause of ['release-rejected', 'release-dead', 'compose-up-failed']) {
      expect(promoted(ended('rolled-back', cause)).verdict).toBe('failed');
      expect(rolledBack(ended('rolled-back', cause)).verdict).toBe('passed');
    }
    expect(rolledBack(ended('promoted')).verdict).toBe('failed');
    expect(rolledBack(ended('rolled-back', 'release-rejected'), { because: 'slower' }).verdict).toBe('failed');
  });

  it('that was taken back is told as the release’s, in a sentence; what went through although it was bad, as the stack’s', () => {
    const samples = { to: { requests: 23, errors: 7, clientErrors: 0 } };
    const bad = { ...ended('rolled-back', 'release-rejected'), reason: 'more errors than stable: 7 of 23', samples };
    const finding = promoted(bad);
    expect(finding).toMatchObject({ name: 'the release of orders-r2', expected: 'promoted' });
    expect(findingError(finding)).toMatchObject({
      ...{ code: 'release-check-failed', kind: 'release' },
      message: 'rolled back: orders-r2 failed 7 of 23 requests, orders-r1 serves everything',
    });
    expect(findingError(rolledBack(ended('promoted')))).toMatchObject({ code: 'check-failed', kind: 'stack' });
    expect(findingError(rolledBack(bad))).toBeUndefined();
  });

  it('that was taken back for want of evidence, or because machinery failed, says nothing of the release', () => {
    for (const cause of ['release-not-judged', 'deadline-passed', 'engine-unreachable', 'front-command-failed']) {
      expect(promoted(ended('rolled-back', cause)).verdict).toBe('inconclusive');
      expect(rolledBack(ended('rolled-back', cause)).verdict).toBe('inconclusive');
    }
  });
});

describe('a rollback', () => {
  const facts = { outcome: 'rolled-back' as const, from: 'orders-r1', to: 'orders-r2', startedAtMs: 0 };

  it.each<[string, Partial<SwitchFacts>, string]>([
    ['none of many', { switchEpoch: 4, requestsAfterSwitch: 900, routedToCandidateAfterSwitch: 0 }, 'passed'],
    ['one of many', { switchEpoch: 4, requestsAfterSwitch: 900, routedToCandidateAfterSwitch: 1 }, 'failed'],
    ['none of none', { switchEpoch: 4, requestsAfterSwitch: 0, routedToCandidateAfterSwitch: 0 }, 'inconclusive'],
    ['what nobody switched', {}, 'inconclusive'],
  ])('routes nothing to the candidate after the switch, or does: %s', (_, seen, verdict) => {
    expect(routedNothingToCandidateAfterTheSwitch({ ...facts, ...seen }).verdict).toBe(verdict);
  });
});

describe('a release that costs requests', () => {
  const costs = (lostIds: readonly string[], change: Partial<typeof totals> = {}, failedIds: readonly string[] = []) =>
    lostOnlyOn({
      totals: { ...totals, ok: totals.ok - lostIds.length, lost: lostIds.length, failed: failedIds.length, ...change },
      ...{ lostIds, failedIds },
      failedOnNew: new Set(['a', 'b', 'unseen']),
      newRevision: 'orders-r2',
    });

  it('is not known to cost others, nor not to, when too many failed on it to keep their ids', () => {
    const lost = (failedOnNewLeftOut: number) =>
      lostOnlyOn({
        totals,
        lostIds: ['a', 'x', 'y'],
        failedIds: [],
        failedOnNew: new Set(['a']),
        failedOnNewLeftOut,
        newRevision: 'r2',
      });
    expect([lost(1).verdict, lost(2).verdict]).toEqual(['failed', 'inconclusive']);
    expect(lost(Infinity)).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringMatching(/; the front did not tell all that failed on it$/),
    });
  });

  it('costs its own only', () => {
    expect([costs([]).verdict, costs(['a', 'b']).verdict]).toEqual(['passed', 'passed']);
    expect(costs(['a'], {}, ['b']).verdict).toBe('passed');
  });

  it('is not all that costs some when a request is lost elsewhere, or answered wrongly', () => {
    expect(costs(['a', 'c'])).toMatchObject({
      verdict: 'failed',
      observed: '2 lost and 0 answered wrongly of 10000, 1 of them not on orders-r2',
    });
    expect(costs(['a'], {}, ['b', 'c'])).toMatchObject({
      verdict: 'failed',
      observed: '1 lost and 2 answered wrongly of 10000, 1 of them not on orders-r2',
    });
  });

  it('shows nothing when the load fell behind, but what was lost elsewhere stays lost', () => {
    expect(costs(['a'], { late: 11 }).verdict).toBe('inconclusive');
    expect(costs(['c'], { late: 11 }).verdict).toBe('failed');
  });
});

describe('a revision that was never let in', () => {
  it.each([
    ['none of many requests', 0, 300, 'passed'],
    ['one', 1, 299, 'failed'],
    ['one, and the other none', 1, 0, 'failed'],
    ['none, but nobody asked', 0, 0, 'inconclusive'],
  ])('took %s', (_, requests, requestsElsewhere, verdict) => {
    expect(servedNothing('orders-r2', requests, requestsElsewhere).verdict).toBe(verdict);
  });
});

describe('what was acknowledged', () => {
  const clean = { acknowledged: 40, stored: 40, missing: [], doubled: [], orphanEffects: {}, doubledEffects: {} };

  it('is stored once, with one effect each', () => {
    expect(reconciled({ ...clean, orphanEffects: { charges: [] }, doubledEffects: { charges: [] } })).toMatchObject({
      verdict: 'passed',
      samples: 40,
    });
  });

  it.each([
    ['1 missing', { missing: ['a'] }],
    ['1 doubled', { doubled: ['a'] }],
    ['3 side effects without a cause', { orphanEffects: { charges: ['a'], emails: ['a', 'b'] } }],
    ['1 written under an overtaken token', { staleEffects: { pages: ['3: by a under 1, after 2'] } }],
    ['1 side effects doubled', { doubledEffects: { charges: [], emails: ['a'] } }],
  ])('is not stored once: %s', (problem, change) => {
    const { verdict, observed } = reconciled({ ...clean, ...change });
    expect([verdict, observed]).toEqual(['failed', expect.stringContaining(problem)]);
    expect(reconciled({ ...clean, ...change, acknowledged: 0 }).verdict).toBe('failed');
  });

  it('shows nothing when nothing was acknowledged', () => {
    expect(reconciled({ ...clean, acknowledged: 0, stored: 0 }).verdict).toBe('inconclusive');
  });
});

describe('a figure', () => {
  const figure = (value: number | undefined, samples = 20) => ({ name: 'growth', value, samples });

  it('lies about its target, or does not', () => {
    const options = { target: 200, tolerance: 10, unit: 'ms' };
    expect([190, 210].map((value) => about(figure(value), options).verdict)).toEqual(['passed', 'passed']);
    expect([189, 211].map((value) => about(figure(value), options).verdict)).toEqual(['failed', 'failed']);
  });

  it('stays above its limit, or does not', () => {
    const verdicts = [10.01, 10, 3].map((value) => above(figure(value), { limit: 10, unit: '/s' }).verdict);
    expect(verdicts).toEqual(['passed', 'failed', 'failed']);
    expect(above(figure(undefined), { limit: 10, unit: '/s' }).verdict).toBe('inconclusive');
  });

  it('stays below its limit, or does not', () => {
    const options = { limit: 10, unit: 'ms' };
    expect([9.99, -50].map((value) => below(figure(value), options).verdict)).toEqual(['passed', 'passed']);
    expect(below(figure(10), options)).toMatchObject({
      verdict: 'failed',
      expected: expect.stringContaining('less than 10 ms'),
    });
  });

  it('without a value, or from too few samples, shows nothing', () => {
    const options = { limit: 10, unit: 'ms' };
    const verdicts = [figure(undefined), figure(Number.NaN), figure(1, 19)].map((each) => below(each, options).verdict);
    expect(verdicts).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
  });
});

describe('the replicas of a rolling rollout', () => {
  const facts = { promised: 3, limit: 5, fewestReady: 3, mostRunning: 5 };
  const of = (replicas: Partial<typeof facts>) =>
    keptReplicas({ to: 'orders-r2', replicas: { ...facts, ...replicas } });

  it('were kept when as many were ready as promised, and no more ran', () => {
    expect(of({})).toMatchObject({ verdict: 'passed', observed: 'at least 3 ready, at most 5 running' });
    expect(of({ fewestReady: 4, mostRunning: 4 }).verdict).toBe('passed');
  });

  it('were not when one was missing, or one too many ran', () => {
    expect(of({ fewestReady: 2 })).toMatchObject({
      verdict: 'failed',
      expected: 'at least 3 ready, at most 5 running',
    });
    expect(of({ mostRunning: 6 }).verdict).toBe('failed');
  });

  it('say nothing of a rollout that exchanged none', () => {
    expect(keptReplicas({ to: 'orders-r2' }).verdict).toBe('inconclusive');
  });
});
