import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { beginRollout, deploy, type DeployRequest } from './controller';
import { recover } from './recover';
import { rolloutToRetry } from './retry';
import { requireStable } from './revisions/require-stable';
import { nextRevision, settled } from './revisions/revision';
import { historyPath, openRolloutHistory } from './rollout-history';
import { canary } from './strategies/canary';
import { defineStep } from './steps/step';
import { inSteps } from './strategies/in-steps';
import { recordOf } from './strategies/strategy';
import { FakeWorld, fakeSpec, type Behaviour } from './testing/fake-world';
import { z } from 'zod';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-retry-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STRATEGY = canary({
  steps: [20, 100],
  riseToDetect: 0.1,
  minReadyMs: 1_000,
  bakeMs: 2_000,
  afterRollback: 'tell',
});

let worlds = 0;
let behaviours: Record<string, Behaviour>;
let fake: FakeWorld;
let ports: ReturnType<FakeWorld['ports']>;
let journal: MemoryJournal;

beforeEach(() => {
  behaviours = { 'bad:2': { errorRatio: 0.3 } };
  journal = new MemoryJournal();
  fake = new FakeWorld({ seed: 'retry', journal, behaviours });
  const history = openRolloutHistory(historyPath(join(directory, String((worlds += 1)))), 'mia');
  ports = { ...fake.ports(), history };
});

const request = (image: string, more: Partial<DeployRequest> = {}) => ({
  service: 'orders',
  image,
  strategy: STRATEGY,
  ...more,
});
const ground = () => ({ history: ports.history ?? openRolloutHistory('', ''), revisions: fake.store });
const found = () => {
  const one = rolloutToRetry('orders', ground());
  if ('nothing' in one) throw new Error(one.nothing);
  return one;
};
async function retried() {
  const { retry, strategy, redeploy } = found();
  return deploy({ service: 'orders', retry, strategy, redeploy }, ports);
}

describe('a retry', () => {
  it('brings the same content by the same strategy, and its end names what it repeats', async () => {
    const first = await deploy(request('bad:2'), ports);
    expect(first.outcome).toBe('rolled-back');
    behaviours['bad:2'] = {};
    const again = await retried();
    expect(again).toMatchObject({
      outcome: 'promoted',
      to: 'orders-r3',
      retries: first.rollout,
      strategy: first.strategy,
    });
    expect(ports.history?.list('orders')).toMatchObject([
      { rollout: first.rollout, outcome: 'rolled-back' },
      {
        outcome: 'promoted',
        retries: first.rollout,
        digest: 'sha256:bad:2',
        asked: { settings: { minReadyMs: 1_000 } },
      },
    ]);
    expect(ports.history?.list('orders')[0]).not.toHaveProperty('retries');
    expect(journal.lines).toContainEqual(expect.objectContaining({ type: 'rollout-ended', retries: first.rollout }));
    expect(fake.hooksRun.map(({ hook }) => hook)).toEqual(['after-rollback']);
  });

  it('brings the content of then, whatever its image has become since', async () => {
    await deploy(request('bad:2'), ports);
    ports = { ...ports, spec: async () => undefined };
    behaviours['bad:2'] = {};
    expect(await retried()).toMatchObject({ outcome: 'promoted' });
    expect(fake.store.stable('orders')).toMatchObject({ content: 'sha256:bad:2' });
  });

  it('repeats one that was aborted, and one that failed as a retry', async () => {
    const rollout = await beginRollout(request('bad:2'), ports);
    const aborted = await rollout.abort('the wrong hour');
    const second = await retried();
    expect(second).toMatchObject({ outcome: 'rolled-back', retries: aborted.rollout });
    expect(found().retry).toEqual({ rollout: second.rollout, revision: 3 });
  });

  it('tries what was deployed once more although it ran already', async () => {
    behaviours['good:1'] = { errorRatio: 0 };
    const rollout = await beginRollout(request('good:1', { redeploy: true }), ports);
    await rollout.abort('the wrong hour');
    expect(await retried()).toMatchObject({ outcome: 'promoted', to: 'orders-r3' });
  });

  it('says so where the same content was made stable in another way meanwhile', async () => {
    const rollout = await beginRollout(request('good:2'), ports);
    await rollout.abort('the wrong hour');
    await deploy(request('good:2'), ports);
    // As if the last one had not been told of.
    const [first] = ports.history?.list('orders') ?? [];
    if (first === undefined || ports.history === undefined) throw new Error('no history');
    ports = { ...ports, history: { ...ports.history, list: () => [first] } };
    const again = await retried();
    expect(again).toMatchObject({ outcome: 'unchanged', retries: first.rollout });
  });

  it('is named by whoever ends it after its controller has died', async () => {
    const first = await deploy(request('bad:2'), ports);
    const { retry, revision, strategy } = found();
    const stable = requireStable('orders', fake.store);
    const next = nextRevision(fake.store.list('orders'), stable, revision);
    const mark = { id: 'rollout-dead', strategy: recordOf(strategy), retries: retry.rollout };
    fake.store.put({ ...next, rollout: mark });
    await recover({ ports });
    const last = ports.history?.list('orders').at(-1);
    expect(last).toMatchObject({ rollout: 'rollout-dead', cause: 'controller-died', retries: first.rollout });
  });
});

describe('nothing to try again', () => {
  it('is what went through, and what ran already is no rollout', async () => {
    await deploy(request('good:2'), ports);
    expect(rolloutToRetry('orders', ground())).toEqual({
      nothing: 'the last rollout of orders, of orders-r2, was promoted: nothing to try again',
    });
    await deploy(request('bad:2'), ports);
    await deploy(request('good:2'), ports);
    expect(ports.history?.list('orders').at(-1)?.outcome).toBe('unchanged');
    expect(found().revision.label).toBe('orders-r3');
  });

  it('is where there was no rollout, and where the stack came up anew since', async () => {
    expect(found).toThrow(
      expect.objectContaining({ code: 'nothing-to-retry', message: 'orders has had no rollout yet' }),
    );
    await deploy(request('bad:2'), ports);
    const [first] = fake.store.list('orders');
    if (first === undefined) throw new Error('no revision');
    // Another one has its label by now, and failed too.
    fake.store.put(settled(nextRevision([first], first, fakeSpec('bad:3')), 'failed'));
    expect(found).toThrow(/is not known any more/);
    fake.store.remove('orders-r2');
    expect(found).toThrow(/orders-r2, which the last rollout of orders brought, is not known any more/);
  });

  it('is what somebody’s own steps did', async () => {
    const own = defineStep({
      kind: 'own',
      options: z.strictObject({}),
      describe: () => 'own',
      run: async () => undefined,
    });
    await deploy(request('good:2', { strategy: inSteps({ steps: [own()] }) }), ports);
    // It ended as asked.
    expect(rolloutToRetry('orders', ground())).toHaveProperty('nothing');
    const failing = defineStep({
      kind: 'own',
      options: z.strictObject({}),
      describe: () => 'own',
      run: () => Promise.reject(new Error('no')),
    });
    await deploy(request('good:2', { strategy: inSteps({ steps: [failing()] }) }), ports);
    expect(found).toThrow(/by steps of somebody's own, which this command does not know: own/);
  });
});
