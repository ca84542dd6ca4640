import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { every } from '../core/clock';
import { listContainers } from '../docker/containers';
import { ECHO, type EchoAnswer } from '../front/testing/echo-stack';
import { deploy } from './controller';
import type { DeliveryPorts } from './ports';
import { canary } from './strategies/canary';
import { ECHO_IMAGE, openLiveWorld, type LiveWorld } from './testing/live-world';

const REPLICAS = 3;
const REQUEST_EVERY_MS = 8;
const STRATEGY = canary({ steps: [50, 100], riseToDetect: 0.1, minReadyMs: 500, minStepMs: 1_000, bakeMs: 2_000 });

jest.setTimeout(180_000);

let world: LiveWorld;

beforeAll(async () => {
  world = await openLiveWorld();
}, 120_000);

afterAll(async () => world[Symbol.asyncDispose](), 60_000);

/** The new revision has three replicas, of which one fails from its first request on. */
function withSickReplica(): DeliveryPorts {
  const { ports, stack, store } = world;
  let isTold = false;
  return {
    ...ports,
    spec: async (...args) => {
      const spec = await ports.spec(...args);
      if (spec === undefined) return undefined;
      const { service } = spec.definition;
      return { ...spec, definition: { ...spec.definition, service: { ...service, scale: REPLICAS } } };
    },
    setWeights: async (service, weights, terms) => {
      const [candidate] = store.unfinished();
      if (!isTold && candidate !== undefined && weights[candidate.slot] > 0) {
        isTold = true;
        // Who is told is one of them.
        expect(await stack.ask('/errors/0.9', { pin: candidate.label })).toMatchObject({ status: 200 });
      }
      return ports.setWeights(service, weights, terms);
    },
  };
}

it('replaces one sick replica of three, and promotes the release', async () => {
  const { stack } = world;
  const asked: Promise<EchoAnswer | undefined>[] = [];
  const stop = every(REQUEST_EVERY_MS, () => asked.push(stack.ask('/').catch(() => undefined)));
  const request = { service: ECHO, image: ECHO_IMAGE, strategy: STRATEGY, redeploy: true };
  const result = await deploy(request, withSickReplica()).finally(stop);
  const answers = await Promise.all(asked);
  expect([result.outcome, result.reason]).toEqual([
    'promoted',
    expect.stringMatching(
      /^one sick replica \(\S+-echo-r2-\d\) was replaced: more errors than stable: .*; attributed to one replica of 3, /,
    ),
  ]);
  const [, sick] = /one sick replica \((\S+)\)/.exec(result.reason ?? '') ?? [];
  const containers = await listContainers({ project: stack.project, service: result.to, all: false });
  expect(containers).toHaveLength(REPLICAS);
  // Compose gives the place, and its name, to the one that came: it is younger than the others.
  const others = containers.filter(({ name }) => name !== sick).map(({ startedAt }) => startedAt);
  expect(containers.find(({ name }) => name === sick)?.startedAt).toBeGreaterThan(Math.max(...others));
  // It cost what it failed by itself, and no more.
  expect(answers.filter((answer) => answer?.status !== 200 && answer?.status !== 500)).toEqual([]);
  expect(answers.filter((answer) => answer?.status === 500)).toHaveLength(result.samples.to.errors);
});
