import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { monotonicMs, sleep } from './clock';
import { HarnessError, formatError, isHarnessError, runAll } from './errors';
import { contentHash } from './ids';
import { poll } from './poll';
import { hashedFraction, seededRandom } from './random';

describe('poll', () => {
  it('returns the first value and stops asking', async () => {
    let calls = 0;
    const value = await poll(() => (++calls === 3 ? 'there' : undefined), {
      condition: 'it is there',
      timeoutMs: 1_000,
      intervalMs: 1,
    });
    expect([value, calls]).toEqual(['there', 3]);
  });

  it('names the condition and keeps the last error when the deadline passes', async () => {
    const cause = new Error('connection refused');
    const waiting = poll(() => Promise.reject(cause), { condition: 'orders answers', timeoutMs: 20, intervalMs: 5 });
    await expect(waiting).rejects.toMatchObject({ code: 'timed-out', cause });
    await expect(waiting).rejects.toThrow('orders answers; last error: connection refused');
  });

  it('ends at once when aborted', async () => {
    const abort = new AbortController();
    const startedMs = monotonicMs();
    const waiting = poll(() => undefined, { condition: 'never', timeoutMs: 10_000, signal: abort.signal });
    abort.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
    expect(monotonicMs() - startedMs).toBeLessThan(5_000);
  });

  describe('with a probe that hangs', () => {
    const hanging = () => new Promise<undefined>(() => undefined);
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    it('gives up some time after its deadline', async () => {
      const waiting = poll(hanging, { condition: 'orders answers', timeoutMs: 1_000 });
      const outcome = expect(waiting).rejects.toThrow(/until orders answers; last error: it does not answer$/);
      await jest.advanceTimersByTimeAsync(11_100);
      await outcome;
    });

    it('ends some time after an abort, also without a deadline', async () => {
      const abort = new AbortController();
      const waiting = poll(hanging, { condition: 'never', timeoutMs: Infinity, signal: abort.signal });
      const outcome = expect(waiting).rejects.toThrow('interrupted');
      abort.abort(new Error('interrupted'));
      await jest.advanceTimersByTimeAsync(10_100);
      await outcome;
    });

    it('takes an answer that comes a little late', async () => {
      const late = () => sleep(1_500).then(() => 'there');
      const waiting = poll(late, { condition: 'it is there', timeoutMs: 1_000 });
      await jest.advanceTimersByTimeAsync(1_600);
      expect(await waiting).toBe('there');
    });
  });
});

describe('sleep', () => {
  it('rejects when the signal was aborted before', async () => {
    await expect(sleep(10_000, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});

describe('random', () => {
  it('repeats with its seed and differs with another', () => {
    const draw = (seed: string) => {
      const random = seededRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('hashes a decision from its parts alone, evenly', () => {
    const below = Array.from({ length: 2_000 }, (_, index) => hashedFraction('seed', index)).filter((x) => x < 0.2);
    expect(below.length).toBeGreaterThan(340);
    expect(below.length).toBeLessThan(460);
    expect(hashedFraction('seed', 7)).toBe(hashedFraction('seed', 7));
  });
});

describe('errors', () => {
  it('formats code, message and hint', () => {
    const error = new HarnessError('port-in-use', { message: 'port 80 is taken', hint: 'Stop nginx.' });
    expect(formatError(error)).toBe('port-in-use: port 80 is taken\n  hint: Stop nginx.');
    expect(isHarnessError(error)).toBe(true);
    expect(isHarnessError(new Error('x'))).toBe(false);
  });

  it('runs every clean-up step and reports all that failed', async () => {
    const done: number[] = [];
    const fail = (n: number) => async () => {
      done.push(n);
      throw new Error(`step ${n}`);
    };
    await expect(runAll([fail(1), async () => done.push(2), fail(3)])).rejects.toThrow('step 1; step 3');
    expect(done).toEqual([1, 2, 3]);
  });
});

describe('contentHash', () => {
  it('does not depend on the order of keys, but on values', () => {
    expect(contentHash({ a: 1, b: [2, 3] })).toBe(contentHash({ b: [2, 3], a: 1 }));
    expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: 2 }));
  });
});
