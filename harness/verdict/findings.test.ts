import { describe, expect, it } from '@jest/globals';
import { sawErrors, silent } from './alert-findings';
import { about, below, keptUp, lostRequests, promoted, rolledBack } from './findings';

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

  it('that was taken back for want of evidence, or because machinery failed, says nothing of the release', () => {
    for (const cause of ['release-not-judged', 'deadline-passed', 'engine-unreachable', 'front-command-failed']) {
      expect(promoted(ended('rolled-back', cause)).verdict).toBe('inconclusive');
      expect(rolledBack(ended('rolled-back', cause)).verdict).toBe('inconclusive');
    }
  });
});

describe('a figure', () => {
  const figure = (value: number | undefined, samples = 20) => ({ name: 'growth', value, samples });

  it('lies about its target, or does not', () => {
    const options = { target: 200, tolerance: 10, unit: 'ms' };
    expect([190, 210].map((value) => about(figure(value), options).verdict)).toEqual(['passed', 'passed']);
    expect([189, 211].map((value) => about(figure(value), options).verdict)).toEqual(['failed', 'failed']);
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

describe('silence', () => {
  const evidence = {
    alert: 'HighErrorRate',
    fired: false,
    samples: 40,
    peakOverThreshold: 0.8,
    pendingOverFor: 0,
    meanRatio: 0.04,
    gaps: [],
  };
  const gaps = [
    { fromMs: 0, toMs: 2_500, reason: 'a look took too long' },
    { fromMs: 5_000, toMs: 9_000, reason: 'refused' },
  ];

  it('is shown by data and somebody who looked', () => {
    expect(silent(evidence).verdict).toBe('passed');
    expect(silent({ ...evidence, fired: true, gaps }).verdict).toBe('failed');
  });

  it('is not shown without data, or while nobody looked', () => {
    expect(silent({ ...evidence, samples: 0 })).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('no samples'),
    });
    expect(silent({ ...evidence, gaps })).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringMatching(/; nobody looked for 4000 ms: refused$/),
    });
  });

  it('of a size of errors neither', () => {
    const size = { ratio: 0.04, tolerance: 0.01 };
    expect(sawErrors(evidence, size).verdict).toBe('passed');
    expect(sawErrors({ ...evidence, gaps }, size).verdict).toBe('inconclusive');
  });
});
