import { describe, expect, it } from '@jest/globals';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { RunSignal } from './run-signal';

const never = new AbortController().signal;

describe('the signal of a run', () => {
  it('is aborted by its deadline, with a reason that names it', async () => {
    using run = new RunSignal(never, 10);
    await poll(() => run.signal.aborted || undefined, { condition: 'the deadline', timeoutMs: 2_000, intervalMs: 5 });
    expect(run.signal.reason).toMatchObject({
      code: 'run-deadline-passed',
      facts: { limitMs: 10 },
    });
  });

  it('keeps the first reason, whoever gave it', () => {
    const caller = new AbortController();
    using run = new RunSignal(caller.signal);
    caller.abort(new Error('interrupted'));
    run.abort(new HarnessError('guardian-lost', { message: 'gone' }));
    expect(run.signal.reason).toMatchObject({ message: 'interrupted' });
  });
});
