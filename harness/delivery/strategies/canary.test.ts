import { describe, expect, it } from '@jest/globals';
import { canary } from './canary';
import type { Strategy } from './strategy';

describe('canary', () => {
  it.each([[[]], [[50]], [[50, 20, 100]], [[0, 100]], [[20, 110]], [[12.5, 100]]])('refuses steps %j', (steps) => {
    expect(() => canary({ steps })).toThrow(expect.objectContaining({ code: 'strategy-invalid' }));
  });

  it('judges each weight, bakes at the last one, and accepts', () => {
    const { name, steps } = canary({ steps: [20, 100] });
    expect(name).toBe('canary 20→100 %');
    const kinds = ['start', 'ready', 'weight', 'judge', 'weight', 'bake', 'accept', 'retire'];
    expect(steps.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('measures stable first when it begins with all of the traffic, unless it is only held there', () => {
    const kinds = (strategy: Strategy) => strategy.steps.map(({ kind }) => kind);
    expect(kinds(canary({ steps: [100] }))).toEqual([
      ...['start', 'ready', 'measure', 'weight', 'bake', 'accept', 'retire'],
    ]);
    expect(kinds(canary({ steps: [100], holdMs: 1 }))).toEqual(['start', 'ready', 'weight', 'hold']);
  });

  it('holds its last weight and accepts nothing when it is asked to', () => {
    const { steps } = canary({ steps: [5, 20], holdMs: 1_000 });
    expect(steps.map(({ says }) => says).slice(2)).toEqual([
      '5 % of the traffic',
      'judge it against stable',
      '20 % of the traffic',
      'hold for 1000 ms',
    ]);
  });

  it('refuses a misspelt setting', () => {
    const misspelt = { steps: [100], bakeMS: 1 };
    expect(() => canary(misspelt)).toThrow(/bakeMS/);
  });

  it('takes its settings beside its own options, and the defaults for the others', () => {
    expect(canary({ steps: [100], bakeMs: 7 }).settings).toMatchObject({ bakeMs: 7, minReadyMs: 10_000 });
  });
});
