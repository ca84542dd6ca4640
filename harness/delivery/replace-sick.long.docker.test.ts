import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { every } from '../core/clock';
import { poll } from '../core/poll';
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
/** The containers of the new revision when it got its first traffic. */
let first: readonly string[];

beforeAll(async () => {
  world = await openLiveWorld();
}, 120_000);

afterAll(async () => world[Symbol.asyncDispose](), 60_000);

async function idsOf(label: string): Promise<string[]> {
  return (await listContainers({ project: world.stack.project, service: label, all: false })).map(({ id }) => id);
}

/** Has one replica of the revision fail from now on. Stable helps out where a check has just failed: then it is well again at once. */
async function makeSick(label: string): Promise<void> {
  const { stack } = world;
  const told = async () => {
    const { status, revision } = await stack.ask('/errors/0.9', { pin: label });
    if (status === 200 && revision === label) return true;
    if (revision !== undefined) await stack.ask('/errors/0', { pin: revision });
    return undefined;
  };
  await poll(told, { condition: `a replica of ${label} was told`, timeoutMs: 5_000 });
}

/** The new revision has three replicas, of which one fails from its first request on. */
function withSickReplica(): DeliveryPorts {
  const { ports, store } = world;
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
        first = await idsOf(candidate.label);
        await makeSick(candidate.label);
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
  const last = await idsOf(result.to);
  expect([first.length, last.length]).toEqual([REPLICAS, REPLICAS]);
  expect(last.filter((id) => first.includes(id))).toHaveLength(REPLICAS - 1);
  // It cost what it failed by itself, and no more.
  expect(answers.filter((answer) => answer?.status !== 200 && answer?.status !== 500).length).toBe(0);
  expect(answers.filter((answer) => answer?.status === 500)).toHaveLength(result.samples.to.errors);
});
