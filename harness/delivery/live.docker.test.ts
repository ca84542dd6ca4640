import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { revisionImage } from '../core/image-names';
import { poll } from '../core/poll';
import { containerOf, listContainers } from '../docker/containers';
import { inspectImage } from '../docker/images';
import { ECHO, type EchoStack } from '../front/testing/echo-stack';
import { deploy } from './controller';
import type { DeliveryPorts } from './ports';
import { recover } from './recover';
import type { RevisionStore } from './revisions/revision-store';
import { blueGreen } from './strategies/blue-green';
import { canary } from './strategies/canary';
import { ECHO_IMAGE as IMAGE, openLiveWorld, type LiveWorld } from './testing/live-world';

const REQUEST_EVERY_MS = 8;
const STRATEGY = canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 500, bakeMs: 2_000 });

jest.setTimeout(120_000);

let world: LiveWorld;
let stack: EchoStack;
let store: RevisionStore;
let ports: DeliveryPorts;

beforeAll(async () => {
  world = await openLiveWorld();
  ({ stack, store, ports } = world);
}, 120_000);

afterAll(async () => world[Symbol.asyncDispose](), 60_000);

/** 125 requests a second, open loop, while `action` runs. */
const underLoad = <T>(action: () => Promise<T>) =>
  stack.underLoad({ everyMs: REQUEST_EVERY_MS, ask: () => stack.ask('/') }, action);

/** Tells one replica of a revision how to behave. The front lets nobody to a revision before its own checks have seen it ready. */
async function tell(label: string, path: string): Promise<void> {
  const told = async () => {
    const { status, revision } = await stack.ask(path, { pin: label });
    return (status === 200 && revision === label) || undefined;
  };
  await poll(told, { condition: `${label} was told ${path}`, timeoutMs: 5_000 });
}

/** The same, with a new revision that fails one request in five. */
function failing(): DeliveryPorts {
  const setWeights: DeliveryPorts['setWeights'] = async (service, weights) => {
    const [candidate] = store.unfinished();
    if (candidate !== undefined && weights[candidate.slot] > 0) await tell(candidate.label, '/errors/0.2');
    return ports.setWeights(service, weights);
  };
  return { ...ports, setWeights };
}

function running(label: string): Promise<boolean> {
  return containerOf(stack.project, label).then(({ state }) => state === 'running');
}

describe('deploy on a stack that is up', () => {
  const request = { service: ECHO, image: IMAGE, strategy: STRATEGY, redeploy: true };

  it('rolls back a release that fails one request in five', async () => {
    const { result, answers } = await underLoad(() => deploy(request, failing()));
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      from: `${ECHO}-r1`,
      to: `${ECHO}-r2`,
      weightsReached: [20],
    });
    expect(result.reason).toContain('more errors than stable');
    const { firstBadResponseAtMs, decidedAtMs, lastStartOnBadAtMs, rolledBackAtMs } = result;
    const inOrder = [firstBadResponseAtMs, decidedAtMs, rolledBackAtMs];
    expect(inOrder).toEqual([...inOrder].sort((a, b) => Number(a) - Number(b)));
    expect(lastStartOnBadAtMs).toBeLessThan(rolledBackAtMs ?? NaN);
    expect(result.routedToCandidateAfterSwitch).toBe(0);
    expect(result.requestsAfterSwitch).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 200 && status !== 500)).toEqual([]);
    expect(answers.filter(({ status }) => status === 500)).toHaveLength(result.samples.to.errors);
    expect(await running(`${ECHO}-r2`)).toBe(false);
    expect(store.stable(ECHO)?.label).toBe(`${ECHO}-r1`);
  });

  it('promotes the same image as the next revision without a lost request', async () => {
    const { result, answers } = await underLoad(() => deploy(request, ports));
    expect(result).toMatchObject({ outcome: 'promoted', to: `${ECHO}-r3`, weightsReached: [20, 50, 100] });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await running(`${ECHO}-r1`)).toBe(false);
    expect((await stack.ask('/')).body).toBe(`${ECHO}-r3`);
  });

  it('recovers to stable, without a lost request, what a controller left at weight 20 %', async () => {
    const abandon = new Error('the process was killed');
    const dead: DeliveryPorts = {
      ...ports,
      setWeights: async (service, weights) => {
        if (weights.blue !== 20 && weights.green !== 20) throw abandon;
        const epoch = await ports.setWeights(service, weights);
        dead.journal.append = () => {
          throw abandon;
        };
        return epoch;
      },
      journal: { append: (observation) => stack.journal.append(observation) },
    };
    const { answers } = await underLoad(async () => {
      await expect(deploy(request, dead)).rejects.toThrow();
      expect(await recover({ ports })).toMatchObject([{ outcome: 'rolled-back', to: `${ECHO}-r4` }]);
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await running(`${ECHO}-r4`)).toBe(false);
    expect((await stack.ask('/')).body).toBe(`${ECHO}-r3`);
    expect(store.unfinished()).toEqual([]);
  });

  it('refuses an image that does not exist', async () => {
    const refused = deploy({ ...request, image: 'rollproof/absent:1' }, ports);
    await expect(refused).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('keeps the log and the inspect result of a revision that it removes', async () => {
    const [oldest] = store.list(ECHO);
    const { name } = await containerOf(stack.project, `${ECHO}-r1`);
    if (oldest !== undefined) await ports.remove(oldest);
    await expect(containerOf(stack.project, `${ECHO}-r1`)).rejects.toMatchObject({ code: 'container-not-found' });
    expect(readdirSync(world.evidenceDirectory).sort()).toEqual([`${name}.inspect.json`, `${name}.log`]);
  });

  it('makes a revision anew from its record when its containers were removed, and forgets it with its tag', async () => {
    const [oldest] = store.list(ECHO);
    if (oldest === undefined) throw new Error('there is no revision');
    await ports.revive(oldest, { timeoutMs: 30_000 });
    const tag = revisionImage(stack.project, ECHO, oldest.number);
    expect(await containerOf(stack.project, oldest.label)).toMatchObject({ state: 'running', image: tag });
    await ports.forget(oldest);
    await expect(containerOf(stack.project, oldest.label)).rejects.toMatchObject({ code: 'container-not-found' });
    expect([await inspectImage(tag), await inspectImage(IMAGE)]).toMatchObject([undefined, { id: oldest.imageId }]);
  });

  it('promotes a release although a dependency fails for both once it has all of the traffic', async () => {
    const shares: number[] = [];
    const setWeights: DeliveryPorts['setWeights'] = async (service, weights) => {
      const [candidate] = store.unfinished();
      const epoch = await ports.setWeights(service, weights);
      if (candidate === undefined) return epoch;
      if (shares.length === 0) await tell(candidate.label, '/errors/0.2');
      if (shares.length === 0) await tell(store.stable(ECHO)?.label ?? '', '/errors/0.2');
      shares.push(weights[candidate.slot]);
      return epoch;
    };
    const strategy = canary({ steps: [100], riseToDetect: 0.3, minReadyMs: 500, bakeMs: 2_000 });
    const { result, answers } = await underLoad(() => deploy({ ...request, strategy }, { ...ports, setWeights }));
    await tell(result.to, '/errors/0');
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [100] });
    expect(shares.slice(0, 3)).toEqual([100, 50, 100]);
    expect(answers.filter(({ status }) => status !== 200 && status !== 500)).toEqual([]);
  });

  describe('by blue-green, with two replicas', () => {
    const settled = { riseToDetect: 0.1, minReadyMs: 3_000, readyTimeoutMs: 10_000, bakeMs: 2_000 };
    const blueGreenRequest = { ...request, strategy: blueGreen(settled) };
    const doubled = (): DeliveryPorts => ({
      ...ports,
      spec: async (service, image) => {
        const spec = await ports.spec(service, image);
        if (spec === undefined) return undefined;
        const { definition } = spec;
        return { ...spec, definition: { ...definition, service: { ...definition.service, scale: 2 } } };
      },
    });

    it('gives nothing to a release of which one replica does not stay ready', async () => {
      const admit: DeliveryPorts['admit'] = async (revision) => {
        await ports.admit(revision);
        await tell(revision.label, '/unready');
      };
      const { result, answers } = await underLoad(() => deploy(blueGreenRequest, { ...doubled(), admit }));
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-ready', weightsReached: [] });
      expect(result.reason).toContain('1 of 2 replicas ready');
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(answers.filter(({ body }) => body === result.to)).toEqual([]);
    });

    it('switches all traffic at once and loses no request', async () => {
      const { result, answers } = await underLoad(() => deploy(blueGreenRequest, doubled()));
      expect(result).toMatchObject({ outcome: 'promoted', strategy: 'blue-green', weightsReached: [100] });
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(await running(result.from)).toBe(false);
      const containers = await listContainers({ project: stack.project, service: result.to });
      expect(containers.map(({ state }) => state)).toEqual(['running', 'running']);
    });

    it('switches back from a release that fails one request in five', async () => {
      const { result, answers } = await underLoad(() => deploy(blueGreenRequest, failing()));
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [100] });
      expect(result).toMatchObject({ routedToCandidateAfterSwitch: 0 });
      expect(answers.filter(({ status }) => status !== 200 && status !== 500)).toEqual([]);
      expect(await running(result.to)).toBe(false);
    });
  });
});
