import { describe, expect, it } from '@jest/globals';
import { sleep } from './clock';
import { withDeadline } from './deadline';

describe('withDeadline', () => {
  it('gives what comes in time', async () => {
    await expect(withDeadline(Promise.resolve(1), { what: 'it', timeoutMs: 1_000 })).resolves.toBe(1);
  });

  it('names what did not answer, and hands on what comes late', async () => {
    const late: number[] = [];
    const slow = sleep(30).then(() => 7);
    const waiting = withDeadline(slow, { what: 'the Engine', timeoutMs: 5, onLate: (value) => late.push(value) });
    await expect(waiting).rejects.toThrow('the Engine: no answer within 5 ms');
    await slow;
    expect(late).toEqual([7]);
  });
});
