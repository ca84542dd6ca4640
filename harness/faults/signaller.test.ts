import { describe, expect, it } from '@jest/globals';
import { SharedSignaller, type Signaller } from './signaller';

interface FakeSignaller {
  isClosed: boolean;
  isDisposed: boolean;
}

/** Starts what it is told to, in this order. */
function shared(...outcomes: readonly (FakeSignaller | Error)[]) {
  let starts = 0;
  const signaller = new SharedSignaller(async () => {
    const outcome = outcomes[starts++];
    if (outcome === undefined || outcome instanceof Error) throw outcome ?? new Error('started too often');
    return outcome as unknown as Signaller;
  });
  return { signaller, starts: () => starts };
}

function fake(): FakeSignaller {
  const one = { isClosed: false, isDisposed: false, [Symbol.asyncDispose]: async () => void (one.isDisposed = true) };
  return one;
}

describe('the shared signaller', () => {
  it('is started once, when it is first asked for', async () => {
    const one = fake();
    const { signaller, starts } = shared(one);
    expect(starts()).toBe(0);
    expect(await Promise.all([signaller.get(), signaller.get()])).toEqual([one, one]);
    expect(await signaller.get()).toBe(one);
    expect(starts()).toBe(1);
    await signaller[Symbol.asyncDispose]();
    expect(one.isDisposed).toBe(true);
  });

  it('is started again after it did not start, and after it has died', async () => {
    const [first, second] = [fake(), fake()];
    const { signaller } = shared(new Error('no image'), first, second);
    await expect(signaller.get()).rejects.toThrow('no image');
    expect(await signaller.get()).toBe(first);
    first.isClosed = true;
    expect(await signaller.get()).toBe(second);
  });

  it('that did not start is no trouble when everything is taken down', async () => {
    const { signaller } = shared(new Error('no image'));
    await expect(signaller.get()).rejects.toThrow('no image');
    await expect(signaller[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
});
