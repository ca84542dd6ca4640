import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { definitionOf } from '../compose/definition';
import { every } from '../core/clock';
import { containerOf } from '../docker/containers';
import { inspectImage } from '../docker/images';
import { ECHO, EchoStack, USER_MODEL, type EchoAnswer } from '../front/testing/echo-stack';
import { deploy } from './controller';
import { livePorts } from './live';
import type { DeliveryPorts } from './ports';
import { recover } from './recover';
import { firstRevision } from './revision';
import { memoryRevisionStore, type RevisionStore } from './revision-store';
import { canary } from './strategies/canary';
import { readSupply, supplied } from '../docker/supply';

const IMAGE = supplied(readSupply(), 'node');
const REQUEST_EVERY_MS = 8;
const STRATEGY = canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 500, bakeMs: 2_000 });

const definition = definitionOf(USER_MODEL, ECHO);
const settings = { port: 8080, readiness: '/readyz' };

jest.setTimeout(120_000);

const evidenceDirectory = mkdtempSync(join(tmpdir(), 'live-evidence-'));

let stack: EchoStack;
let store: RevisionStore;
let ports: DeliveryPorts;

beforeAll(async () => {
  stack = await EchoStack.start();
  const { id: imageId, content } = (await inspectImage(IMAGE)) ?? { id: '', content: '' };
  const first = firstRevision(ECHO, { image: IMAGE, imageId, content, definition, settings });
  const memory = memoryRevisionStore([first]);
  // The stack's keeper and model read its own list: keep the two the same.
  const share = <T>(result: T): T => {
    stack.revisions.splice(0, stack.revisions.length, ...memory.list());
    return result;
  };
  store = { ...memory, put: (...all) => share(memory.put(...all)), remove: (...all) => share(memory.remove(...all)) };
  ports = livePorts({
    project: stack.project,
    managed: { [ECHO]: settings },
    revisions: store,
    keeper: stack.keeper,
    guardian: { register: async () => undefined, unregister: async () => undefined },
    witness: () => stack.witness,
    compose: stack.compose,
    model: () => stack.model(stack.revisions.length),
    current: async () => ({ definition, settings }),
    journal: stack.journal,
    evidenceDirectory,
  });
}, 120_000);

afterAll(() => stack[Symbol.asyncDispose](), 60_000);

/** 125 requests a second, open loop, while `action` runs. */
async function underLoad<T>(action: () => Promise<T>): Promise<{ result: T; answers: EchoAnswer[] }> {
  const asked: Promise<EchoAnswer>[] = [];
  const dead = (error: unknown): EchoAnswer => ({
    status: 0,
    body: String(error),
    revision: undefined,
    startedAtMs: 0,
  });
  const stop = every(REQUEST_EVERY_MS, () => asked.push(stack.ask('/').catch(dead)));
  try {
    return { result: await action(), answers: await Promise.all(asked) };
  } finally {
    stop();
  }
}

/** The same, with a new revision that fails one request in five. */
function failing(): DeliveryPorts {
  const admit: DeliveryPorts['admit'] = async (revision) => {
    await ports.admit(revision);
    await stack.ask('/errors/0.2', { pin: revision.label });
  };
  return { ...ports, admit };
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
    expect(readdirSync(evidenceDirectory).sort()).toEqual([`${name}.inspect.json`, `${name}.log`]);
  });
});
