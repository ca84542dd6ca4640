import { describe, expect, it } from '@jest/globals';
import { tearDown, untilAborted } from './bounded';

const hang = () => new Promise<never>(() => undefined);

describe('a clean-up', () => {
  it('leaves a step behind that hangs, names it, and runs the rest', async () => {
    const ran: string[] = [];
    let aborted: unknown;
    const ending = tearDown([
      {
        name: 'removing the project',
        timeoutMs: 20,
        run: (signal) => {
          signal.addEventListener('abort', () => void (aborted = signal.reason));
          return hang();
        },
      },
      { name: 'ending the guardian', timeoutMs: 1_000, run: async () => ran.push('guardian') },
    ]);
    await expect(ending).rejects.toMatchObject({
      code: 'teardown-timed-out',
      message: 'removing the project did not end within 20 ms',
    });
    expect(ran).toEqual(['guardian']);
    expect(aborted).toMatchObject({ code: 'teardown-timed-out' });
  });

  it('says what failed, and nothing when nothing did', async () => {
    const step = (error?: Error) => ({
      name: 'a step',
      timeoutMs: 1_000,
      run: () => (error === undefined ? Promise.resolve() : Promise.reject(error)),
    });
    await expect(tearDown([step(), step()])).resolves.toBeUndefined();
    await expect(tearDown([step(new Error('one')), step(), step(new Error('two'))])).rejects.toThrow('one; two');
  });
});

describe('work of a run', () => {
  const reason = new Error('interrupted');

  it('that waits for something of its own is cut off after the grace', async () => {
    const abort = new AbortController();
    const working = untilAborted(hang(), abort.signal, 5);
    abort.abort(reason);
    await expect(working).rejects.toBe(reason);
    await expect(untilAborted(hang(), AbortSignal.abort(reason), 5)).rejects.toBe(reason);
  });

  it('may end by itself within the grace', async () => {
    const abort = new AbortController();
    const own = Promise.withResolvers<string>();
    const working = untilAborted(own.promise, abort.signal, 60_000);
    abort.abort(reason);
    own.resolve('closed');
    await expect(working).resolves.toBe('closed');
  });
});
