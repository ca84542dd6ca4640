import { expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { beginRollout, type DeployRequest } from './controller';
import { recover } from './recover';
import { nextRevision } from './revisions/revision';
import { canary } from './strategies/canary';
import { FakeProject } from './testing/fake-project';
import { fakeSpec } from './testing/fake-world';

const STRATEGY = canary({ steps: [50, 100], riseToDetect: 0.2, minReadyMs: 500, bakeMs: 1_000 });

function open() {
  const journal = new MemoryJournal();
  const services = ['orders', 'payments'];
  const project = new FakeProject({ services, journal, behaviours: { 'bad:2': { errorRatio: 0.5 } } });
  return { journal, project, ports: project.delivery() };
}

const request = (service: string, image: string): DeployRequest => ({ service, image, strategy: STRATEGY });

it('rolls two services out at once: what is bad about one is nothing to the other', async () => {
  const { project, ports } = open();
  const [orders, payments] = await Promise.all([
    beginRollout(request('orders', 'bad:2'), ports),
    beginRollout(request('payments', 'good:2'), ports),
  ]);
  const ended = await Promise.all([orders.ended(), payments.ended()]);
  expect(ended).toMatchObject([{ outcome: 'rolled-back' }, { outcome: 'promoted', to: 'payments-r2' }]);
  expect(orders.startedAtMs).toBeLessThanOrEqual(payments.endedAtMs ?? 0);
  expect(project.lost).toBe(0);
  expect(project.store().unfinished()).toEqual([]);
});

it('refuses a second rollout of a service while the other service may begin', async () => {
  const { ports } = open();
  await using _orders = await beginRollout(request('orders', 'good:2'), ports);
  await expect(beginRollout(request('orders', 'good:3'), ports)).rejects.toMatchObject({ code: 'rollout-unfinished' });
  await using payments = await beginRollout(request('payments', 'good:2'), ports);
  expect(payments.state()).not.toBe('RolledBack');
});

it('ends what a dead controller left of one service, and leaves the rollout of the other alone, which is under way', async () => {
  const { project, ports, journal } = open();
  const payments = await beginRollout(request('payments', 'good:2'), ports);
  await payments.reached({ weight: 50 });
  const first = ports.revisions.stable('orders');
  if (first === undefined) throw new Error('nothing is stable');
  ports.revisions.put({ ...nextRevision([first], first, fakeSpec('good:2')), rollout: { id: 'rollout-dead' } });

  const before = journal.lines.length;
  expect(await recover({ ports, services: ['orders'] })).toMatchObject([{ rollout: 'rollout-dead' }]);
  const ends = journal.lines.slice(before).filter(({ type }) => type === 'rollout-ended');
  expect(ends).toMatchObject([{ service: 'orders', outcome: 'rolled-back' }]);
  expect(await payments.ended()).toMatchObject({ outcome: 'promoted' });
  expect(project.lost).toBe(0);
  expect(project.store().unfinished()).toEqual([]);
});
