import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { exitCodeOf, verdictOf } from '../contract/endings';
import type { ErrorCode } from '../core/error-codes';
import { HarnessError } from '../core/errors';
import { brokenFault, loadBehind } from './scenario-context';
import { decisiveError, firstCause, orMistake, withoutEvidence } from './scenario-verdict';

const error = (code: ErrorCode) => new HarnessError(code, { message: code });
const verdict = (ending: Parameters<typeof decisiveError>[0]) => verdictOf(decisiveError(ending));

describe('a verdict', () => {
  it('is passed when nothing speaks against it', () => {
    expect(verdict({})).toBe('passed');
  });

  it('tells a failure from what kept the scenario from finding out', () => {
    expect(verdict({ thrown: error('check-failed') })).toBe('failed');
    expect(verdict({ thrown: error('alert-not-reached') })).toBe('failed');
    expect(verdict({ thrown: error('check-inconclusive') })).toBe('inconclusive');
    expect(verdict({ thrown: error('alert-not-watched') })).toBe('inconclusive');
    expect(verdict({ thrown: error('image-not-found') })).toBe('error');
    expect(verdict({ thrown: firstCause(undefined) })).toBe('error');
  });

  it('blames nothing on the stack when the run was cut off or a fault was not there, whatever was seen', () => {
    const thrown = error('check-failed');
    expect(decisiveError({ thrown, cutOff: error('run-deadline-passed') })).toMatchObject({
      code: 'run-deadline-passed',
    });
    expect(verdict({ thrown, cutOff: error('run-deadline-passed') })).toBe('inconclusive');
    expect(verdict({ thrown, fault: error('fault-lease-expired') })).toBe('inconclusive');
    expect(verdict({ thrown, fault: error('agent-died') })).toBe('error');
  });

  it('is skipped for want of a capability, unless something went wrong as well', () => {
    const thrown = error('capability-missing');
    expect(verdict({ thrown, unshown: withoutEvidence([], 0) })).toBe('skipped');
    expect(verdict({ thrown, unshown: withoutEvidence(['failed'], 1) })).toBe('failed');
    expect(verdict({ thrown, cleanUp: error('teardown-timed-out') })).toBe('error');
  });

  it('is inconclusive without a check, and failed with one that was swallowed', () => {
    expect(verdict({ unshown: withoutEvidence([], 0) })).toBe('inconclusive');
    expect(verdict({ unshown: withoutEvidence(['passed', 'failed'], 2) })).toBe('failed');
    expect(verdict({ unshown: withoutEvidence(['passed'], 1) })).toBe('passed');
  });
});

describe('a mistake in a scenario', () => {
  const at = (error: Error, file: string) =>
    Object.assign(error, { stack: `${String(error)}\n    at run (${file}:7:3)` });
  const misspelt = () => new TypeError('expect(...).toHaveBeenPromotd is not a function');

  it('is an error that its author can mend, and nothing that the stack did', () => {
    const told = orMistake(at(misspelt(), '/mine/x.scenario.ts'));
    expect(told).toMatchObject({ code: 'scenario-broke', message: expect.stringContaining('toHaveBeenPromotd') });
    expect([verdict({ thrown: told }), exitCodeOf(told)]).toEqual(['error', 2]);
    expect(orMistake(at(new ReferenceError('x is not defined'), '/mine/x.ts'))).toMatchObject({ kind: 'cannot-run' });
  });

  it('is not what our code stumbled over, what a request failed for, or a check', () => {
    const ours = at(misspelt(), join(__dirname, 'session.ts'));
    const refused = at(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }), '/mine/x.ts');
    for (const other of [ours, refused, new Error('x'), error('check-failed'), 'thrown'])
      expect(orMistake(other)).toBe(other);
  });
});

describe('a load that fell behind', () => {
  const totals = { sent: 1_000, ok: 1_000, failed: 0, lost: 0, late: 0, unsent: 0 };
  const load = loadBehind([totals, { ...totals, late: 3 }]);

  it('takes a success away, with its counts', () => {
    expect(verdict({ load })).toBe('inconclusive');
    expect(load?.message).toContain('3 of 1000 were late or unsent');
    expect(loadBehind([totals])).toBeUndefined();
  });

  it('leaves a failure what it is', () => {
    expect(verdict({ load, thrown: error('check-failed') })).toBe('failed');
  });
});

describe('a broken fault', () => {
  it('is told as a lease that ended, if one did', () => {
    expect(brokenFault([])).toBeUndefined();
    expect(brokenFault([error('fault-lease-expired'), error('agent-died')])).toMatchObject({
      code: 'fault-lease-expired',
    });
    expect(brokenFault([error('agent-died')])).toMatchObject({ code: 'fault-broken', cause: { code: 'agent-died' } });
  });
});
