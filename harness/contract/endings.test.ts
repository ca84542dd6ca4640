import { describe, expect, it } from '@jest/globals';
import { HarnessError } from '../core/errors';
import { exitCode, exitCodeOf, kindOf, verdictOf } from './endings';

describe('the exit code of a run', () => {
  it('is 0 for a passed run only', () => {
    expect(exitCode({ verdict: 'passed' })).toBe(0);
    const others = (['failed', 'error', 'inconclusive', 'skipped'] as const).map((verdict) => exitCode({ verdict }));
    expect(others).not.toContain(0);
  });

  it('is 1 when something failed or broke', () => {
    expect(exitCode({ verdict: 'failed' })).toBe(1);
    expect(exitCode({ verdict: 'error' })).toBe(1);
  });

  it('is 3 when nothing is proven, a run in which everything was skipped included', () => {
    expect(exitCode({ verdict: 'inconclusive' })).toBe(3);
    expect(exitCode({ verdict: 'skipped' })).toBe(3);
  });

  it('is 2 when what decided it could not be run here', () => {
    expect(exitCode({ verdict: 'error', kind: 'cannot-run' })).toBe(2);
    expect(exitCode({ verdict: 'error', kind: 'internal' })).toBe(1);
  });
});

describe('what an error comes to', () => {
  const error = (code: ConstructorParameters<typeof HarnessError>[0]) => new HarnessError(code, { message: code });
  const comesTo = (thrown: unknown) => [verdictOf(thrown), exitCodeOf(thrown)];

  it('follows from its kind', () => {
    expect(comesTo(error('config-invalid'))).toEqual(['error', 2]);
    expect(comesTo(error('release-rejected'))).toEqual(['failed', 1]);
    expect(comesTo(error('check-failed'))).toEqual(['failed', 1]);
    expect(comesTo(error('alert-not-watched'))).toEqual(['inconclusive', 3]);
    expect(comesTo(error('capability-missing'))).toEqual(['skipped', 3]);
    expect(comesTo(error('guardian-lost'))).toEqual(['error', 1]);
  });

  it('is a failure for an assertion of a scenario, and an error for a scenario that broke', () => {
    expect(comesTo(Object.assign(new Error('expected 1, was 2'), { matcherResult: {} }))).toEqual(['failed', 1]);
    expect(comesTo(new TypeError('undefined is not a function'))).toEqual(['error', 1]);
    expect(kindOf(new TypeError('x'))).toBeUndefined();
    expect(comesTo(undefined)).toEqual(['passed', 0]);
  });

  it('does not compile for a code that is not in the table', () => {
    // @ts-expect-error: codes are a closed union.
    expect(() => new HarnessError('no-such-code', { message: '' })).toThrow();
  });
});
