import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Front } from './front';
import { ECHO, EchoStack } from './testing/echo-stack';

jest.setTimeout(120_000);

const USERS = 2_000;

describe('a front that keeps users on one side', () => {
  let stack: EchoStack;
  let front: Front;

  beforeAll(async () => {
    stack = await EchoStack.start({ stickyBy: { header: 'x-user-id', cookie: true } });
    await stack.addRevision(2, 'green');
    await stack.compose.up({ services: [`${ECHO}-r2`], noDeps: true });
    await stack.keeper.settled(ECHO);
    front = await stack.front();
    await front.admit('green');
    await front.awaitUp('green', { timeoutMs: 60_000 });
  });

  afterAll(() => stack[Symbol.asyncDispose]());

  const share = (percent: number) => front.setWeights({ blue: 100 - percent, green: percent });

  /** Five standard deviations of a binomial share: wrong once in two million runs. */
  const expectShare = (served: readonly string[], wanted: number) => {
    const found = served.filter((body) => body === 'echo-r2').length / served.length;
    expect(Math.abs(found - wanted)).toBeLessThan(5 * Math.sqrt((wanted * (1 - wanted)) / served.length));
  };

  const askAll = async (headers: readonly Record<string, string>[]) => {
    const answers = [];
    for (let at = 0; at < headers.length; at += 64) {
      answers.push(...(await Promise.all(headers.slice(at, at + 64).map((one) => stack.ask('/', { headers: one })))));
    }
    return answers;
  };

  it('gives new users a cookie and their exact share, and serves each as before, until shares change', async () => {
    await share(20);
    const first = await askAll(Array.from({ length: USERS }, () => ({})));
    expectShare(
      first.map(({ body }) => body),
      0.2,
    );
    expect(first[0]?.cookies).toEqual([
      expect.stringMatching(/^rollproof-echo=\d\d?; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    const users = first.slice(0, 300).map(({ cookies }) => ({ cookie: cookies?.[0]?.split(';')[0] ?? '' }));
    const again = await askAll(users);
    expect(again.map(({ body }) => body)).toEqual(first.slice(0, 300).map(({ body }) => body));
    expect(again.every(({ cookies }) => cookies?.length === 0)).toBe(true);
    await share(50);
    const later = await askAll(users);
    const left = later.filter(({ body }, at) => again[at]?.body === 'echo-r2' && body !== 'echo-r2');
    expect(left).toEqual([]);
    expect(later.filter(({ body }) => body === 'echo-r2').length).toBeGreaterThan(
      again.filter(({ body }) => body === 'echo-r2').length,
    );
    await share(0);
    expect(new Set((await askAll(users)).map(({ body }) => body))).toEqual(new Set(['echo-r1']));
  });

  it('knows who bears the header by it, without a cookie, in the exact share too', async () => {
    await share(20);
    const users = Array.from({ length: USERS }, (_, at) => ({ 'x-user-id': `user-${at}` }));
    const first = await askAll(users);
    expectShare(
      first.map(({ body }) => body),
      0.2,
    );
    expect(first.every(({ cookies }) => cookies?.length === 0)).toBe(true);
    expect((await askAll(users.slice(0, 300))).map(({ body }) => body)).toEqual(
      first.slice(0, 300).map(({ body }) => body),
    );
  });

  it('draws anew for whoever comes with a cookie that is none of ours', async () => {
    await share(50);
    const [answer] = await askAll([{ cookie: 'rollproof-echo=300; other=1' }]);
    expect(answer?.cookies).toHaveLength(1);
  });
});
