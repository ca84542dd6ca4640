import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { poll } from '../../core/poll';
import { ECHO, type EchoStack } from '../../front/testing/echo-stack';
import { deploy } from '../controller';
import type { DeliveryPorts } from '../ports';
import { shadow } from '../strategies/shadow';
import { ECHO_IMAGE as IMAGE, openLiveWorld, type LiveWorld } from '../testing/live-world';

const REQUEST_EVERY_MS = 10;
const STRATEGY = shadow({
  ...{ copies: 30, copiesPerSecond: 20, steps: [20, 100] },
  ...{ riseToDetect: 0.2, minReadyMs: 500, bakeMs: 2_000 },
});

jest.setTimeout(180_000);

let world: LiveWorld;
let stack: EchoStack;

beforeAll(async () => {
  world = await openLiveWorld();
  ({ stack } = world);
}, 120_000);

afterAll(async () => world[Symbol.asyncDispose](), 60_000);

/** What users do: they read orders, with their name, and make and delete some. */
const USERS = [
  { method: 'GET', headers: { authorization: 'ann', cookie: 'basket=7' } },
  { method: 'GET', headers: { authorization: 'bob' } },
  { method: 'HEAD' },
  { method: 'POST' },
  { method: 'DELETE' },
];

const underLoad = <T>(action: () => Promise<T>) =>
  stack.underLoad(
    { everyMs: REQUEST_EVERY_MS, ask: (number) => stack.ask(`/orders/${number}`, USERS[number % USERS.length]) },
    action,
  );

/** A release whose containers are told something else. */
function told(environment: Readonly<Record<string, string>>): DeliveryPorts {
  const { ports } = world;
  return {
    ...ports,
    spec: async (service, image) => {
      const spec = await ports.spec(service, image);
      if (spec === undefined) return undefined;
      const { definition } = spec;
      return { ...spec, definition: { ...definition, service: { ...definition.service, environment } } };
    },
  };
}

/** Requests that came to a revision, by whose they were and their method. */
async function seenBy(label: string): Promise<Readonly<Record<string, number>>> {
  return JSON.parse((await stack.ask('/seen', { pin: label })).body) as Record<string, number>;
}

describe('copies of what users read, on a stack that is up', () => {
  const request = { service: ECHO, image: IMAGE, strategy: STRATEGY, redeploy: true };

  it.each([
    [
      'a renamed field',
      { TOTAL_AS: 'sum' },
      /GET \/orders\/\{id\}: \$\.total is missing in echo-r\d, a number in echo-r1/,
    ],
    [
      'a changed status',
      { ORDER_STATUS: '404' },
      /(GET|HEAD) \/orders\/\{id\}: status 404 in echo-r\d, status 200 in echo-r1/,
    ],
  ])('find %s before any user has had it', async (_, environment, reason) => {
    const { result, answers } = await underLoad(() => deploy(request, told(environment)));
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-differs', weightsReached: [] });
    expect(result.reason).toMatch(reason);
    expect(result.samples.to.requests).toBe(0);
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const toNew = stack.witnessed.filter(({ revision, routedRevision }) =>
      [revision, routedRevision].includes(result.to),
    );
    expect(toNew).toEqual([]);
  });

  it('let the same image pass, without a lost request, and were never of one that writes', async () => {
    const { result, answers } = await underLoad(() => deploy(request, world.ports));
    expect([result.outcome, result.reason]).toEqual(['promoted', undefined]);
    expect(result.weightsReached).toEqual([20, 100]);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const line = stack.journal.lines.flatMap((one) => (one.type === 'shadow' ? [one] : [])).at(-1);
    expect(line).toMatchObject({ outcome: 'same', copies: 30, differences: [] });
    expect(line?.kinds.find(({ kind }) => kind === 'GET /orders/{id}')?.noise.map(({ what }) => what)).toContain(
      '$.at',
    );
    const seen = await seenBy(result.to);
    const copies = Object.keys(seen).filter((key) => key.startsWith('copy '));
    expect(copies.sort()).toEqual(['copy GET', 'copy HEAD']);
    expect(seen['user POST']).toBeGreaterThan(10);
    expect(seen['user DELETE']).toBeGreaterThan(10);
    // What its users asked for, the front has a line of; of copies it has none.
    const told = () =>
      stack.witnessed.filter((one) => one.routedRevision === result.to && one.path.startsWith('/orders/')).length;
    const asked = Object.entries(seen).filter(([key]) => key.startsWith('user '));
    const all = asked.reduce((sum, [, count]) => sum + count, 0);
    await poll(() => told() >= all || undefined, { condition: `the front has told of ${all}`, timeoutMs: 5_000 });
    expect(told()).toBe(all);
  });

  it('end with the step: the front copies no more', async () => {
    const front = await stack.front();
    await front.endCopies();
    await stack.ask('/orders/1');
    await front.takeCopies(0);
    await stack.ask('/orders/2');
    expect(await front.takeCopies(0)).toEqual([]);
    await front.takeCopies(60_000);
    await stack.ask('/orders/3?full=1', { headers: { cookie: 'a=1' } });
    await stack.ask('/orders/4', { method: 'POST' });
    await stack.ask('/orders/5', { pin: world.store.stable(ECHO)?.label ?? '' });
    const copies = await front.takeCopies(0);
    expect(copies.map(({ method, path }) => [method, path])).toEqual([['GET', '/orders/3?full=1']]);
    expect(copies[0]?.headers).toContainEqual(['cookie', 'a=1']);
  });
});
