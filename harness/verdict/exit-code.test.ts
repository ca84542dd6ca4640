import { describe, expect, it } from '@jest/globals';
import { exitCode } from './exit-code';

describe('exitCode', () => {
  it('is 0 for a passed run only', () => {
    expect(exitCode('passed')).toBe(0);
    expect((['failed', 'error', 'inconclusive', 'skipped'] as const).map(exitCode)).not.toContain(0);
  });

  it('is 1 when something failed or broke', () => {
    expect(exitCode('failed')).toBe(1);
    expect(exitCode('error')).toBe(1);
  });

  it('is 3 when nothing is proven, a run in which everything was skipped included', () => {
    expect(exitCode('inconclusive')).toBe(3);
    expect(exitCode('skipped')).toBe(3);
  });
});
