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

  it('pauses where it is asked to, by time or until told, before it judges', () => {
    const paused = canary({ steps: [{ weight: 5, pauseMs: 60_000 }, { weight: 20, pauseMs: 'until-resumed' }, 100] });
    expect(paused.name).toBe('canary 5→20→100 %');
    expect(paused.steps.map(({ says }) => says).slice(2, 8)).toEqual([
      ...['5 % of the traffic', 'hold for 60000 ms', 'judge it against stable'],
      ...['20 % of the traffic', 'hold until somebody resumes', 'judge it against stable'],
    ]);
    expect(() => canary({ steps: [{ weight: 50, pauseMs: 1 }, 20, 100] })).toThrow(/must rise/);
    const { parse } = canary.flags['steps'] ?? {};
    expect(parse?.('5:60,20:pause,100')).toEqual([
      ...[{ weight: 5, pauseMs: 60_000 }, { weight: 20, pauseMs: 'until-resumed' }, 100],
    ]);
    expect(() => parse?.('5:soon,100')).toThrow(/as 20:60,50:pause,100/);
  });

  it('refuses a misspelt setting', () => {
    const misspelt = { steps: [100], bakeMS: 1 };
    expect(() => canary(misspelt)).toThrow(/bakeMS/);
  });

  it('takes its settings beside its own options, and the defaults for the others', () => {
    expect(canary({ steps: [100], bakeMs: 7 }).settings).toMatchObject({ bakeMs: 7, minReadyMs: 10_000 });
  });
});
