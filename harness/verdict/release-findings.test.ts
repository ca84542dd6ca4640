import { describe, expect, it } from '@jest/globals';
import { released, wentBack } from './release-findings';

const STEPS = [
  { kind: 'run', service: 'migrate', state: 'kept' },
  { kind: 'roll-out', service: 'orders', state: 'undone' },
] as const;
const BACK = { outcome: 'went-back', reason: 'orders-r2 failed 7 of 23 requests', steps: STEPS } as const;

describe('a release', () => {
  it('was released, or ran already', () => {
    expect(released({ outcome: 'released', steps: [] }).verdict).toBe('passed');
    expect(released({ outcome: 'unchanged', steps: [] }).verdict).toBe('passed');
  });

  it('that went back failed by itself, and without evidence shows nothing', () => {
    expect(released(BACK)).toMatchObject({ verdict: 'failed', about: 'release' });
    expect(released({ ...BACK, cause: 'release-not-judged' }).verdict).toBe('inconclusive');
  });

  it('that is stuck failed the stack', () => {
    expect(released({ outcome: 'stuck', steps: [] })).not.toHaveProperty('about');
  });

  it.each([
    [{}, 'passed'],
    [{ because: 'failed 7' }, 'passed'],
    [{ because: 'slower' }, 'failed'],
    [{ keeping: ['migrate'] }, 'passed'],
    [{ keeping: [] }, 'failed'],
    [{ keeping: ['migrate', 'other'] }, 'failed'],
  ] as const)('that went back is held against %j: %s', (options, verdict) => {
    expect(wentBack(BACK, options).verdict).toBe(verdict);
  });

  it('that went through did not go back', () => {
    expect(wentBack({ outcome: 'released', steps: [] }).verdict).toBe('failed');
  });
});
