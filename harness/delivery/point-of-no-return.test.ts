import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileJournal, MemoryJournal, type Journal } from '../contract/journal';
import type { JournalLine } from '../contract/observation';
import { HarnessError } from '../core/errors';
import { beginRollout, deploy } from './controller';
import type { Rollout } from './handle';
import type { DeliveryPorts } from './ports';
import { recover } from './recover';
import type { Revision } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';
import { canary } from './strategies/canary';
import { Death } from './testing/fake-process';
import { FakeWorld } from './testing/fake-world';

const STRATEGY = canary({ steps: [20, 100], riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500 });
const REQUEST = { service: 'orders', image: 'good:2', strategy: STRATEGY };

function world() {
  const journal = new MemoryJournal();
  const fake = new FakeWorld({ seed: 'point-of-no-return', journal });
  return { fake, journal, ports: fake.ports() };
}

const endsIn = (lines: readonly JournalLine[]) => lines.filter(({ type }) => type === 'rollout-ended');

describe('a rollout that fails as it accepts the new revision', () => {
  /** The front refuses what changes it, once the record says that the new revision is stable. */
  const deafOnceAccepted = (fake: FakeWorld, ports: DeliveryPorts): DeliveryPorts => {
    const refuse = () => {
      if (fake.store.stable('orders')?.label !== 'orders-r2') return;
      throw new HarnessError('front-taken-over', { message: 'the front is deaf' });
    };
    return {
      ...ports,
      setWeights: async (service, weights) => (refuse(), ports.setWeights(service, weights)),
      drain: async (revision) => (refuse(), ports.drain(revision)),
    };
  };

  it('is promoted where the record says so, tells the problem, and leaves the rest to the next command', async () => {
    const { fake, journal, ports } = world();
    const result = await deploy(REQUEST, deafOnceAccepted(fake, ports));
    expect(result).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringContaining('the front is deaf') as unknown,
    });
    expect(endsIn(journal.lines)).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.lives('orders-r1')).toBe(true);
    expect(await recover({ ports })).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.lives('orders-r1')).toBe(false);
    expect(fake.store.unfinished()).toEqual([]);
  });

  it('goes back where the record could not be written', async () => {
    const { fake, journal, ports } = world();
    const put: RevisionStore['put'] = (...revisions) => {
      if (revisions.some(({ label, status }) => label === 'orders-r2' && status === 'stable'))
        throw new Error('disk full');
      fake.store.put(...revisions);
    };
    const result = await deploy(REQUEST, { ...ports, revisions: { ...fake.store, put } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: expect.stringContaining('disk full') as unknown });
    expect(endsIn(journal.lines)).toHaveLength(1);
    expect(fake.share('orders-r1')).toBe(100);
    expect(fake.store.unfinished()).toEqual([]);
  });

  it('is taken back to its end by the next command where its controller died on the way back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'accept-'));
    using file = new FileJournal(join(folder, 'journal.ndjson'));
    const fake: FakeWorld = new FakeWorld({
      ...{ seed: 'point-of-no-return', journalPath: file.path },
      journal: {
        append(line) {
          if (fake.dead) throw new Death('killed');
          file.append(line);
          fake.dead = line.type === 'rollout' && line.state === 'RollingBack';
        },
      },
    });
    const ports = fake.ports();
    const put: RevisionStore['put'] = (...revisions) => {
      if (revisions.some(({ label, status }) => label === 'orders-r2' && status === 'stable'))
        throw new Error('disk full');
      fake.store.put(...revisions);
    };
    await expect(deploy(REQUEST, { ...ports, revisions: { ...fake.store, put } })).rejects.toThrow(Death);
    fake.dead = false;
    expect(await recover({ ports: { ...ports, journal: file } })).toMatchObject([{ outcome: 'rolled-back' }]);
    expect(fake.share('orders-r1')).toBe(100);
    rmSync(folder, { recursive: true });
  });

  it('does not keep the next command from its work where the front stays deaf', async () => {
    const { fake, ports } = world();
    const deaf = deafOnceAccepted(fake, ports);
    await deploy(REQUEST, deaf);
    expect(await recover({ ports: deaf })).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.store.unfinished()).toHaveLength(1);
  });
});

describe('the last moment before the new revision is accepted', () => {
  /** Does something as the front is asked the last time whether the new revision is usable. */
  async function atTheLastLook(act: (rollout: Rollout) => void) {
    const { fake, journal, ports } = world();
    const begun: Rollout[] = [];
    let looks = 0;
    const isBaked = () => begun[0]?.state() === 'Baking' && journal.lines.at(-1)?.type === 'action';
    const look = () => {
      const [rollout] = begun;
      if (rollout === undefined || !isBaked() || (looks += 1) > 1) return;
      act(rollout);
    };
    const own: DeliveryPorts = {
      ...ports,
      usable: async (revision) => (look(), ports.usable(revision)),
      readyReplicas: async (revision) => (look(), ports.readyReplicas(revision)),
    };
    const rollout = await beginRollout(REQUEST, own);
    begun.push(rollout);
    return { fake, journal, rollout };
  }

  it('is not too late to abort', async () => {
    const { fake, rollout } = await atTheLastLook((own) => void own.abort('the wrong image'));
    expect(await rollout.ended()).toMatchObject({ outcome: 'aborted', reason: 'the wrong image' });
    expect(fake.store.stable('orders')?.label).toBe('orders-r1');
  });

  it('is not over before the lease has ended', async () => {
    const { fake, ports } = world();
    const begun: Rollout[] = [];
    const own: DeliveryPorts = {
      ...ports,
      endLease: async (service) => {
        await ports.endLease(service);
        void begun[0]?.abort('the wrong image');
      },
    };
    const rollout = await beginRollout(REQUEST, own);
    begun.push(rollout);
    expect(await rollout.ended()).toMatchObject({ outcome: 'aborted', reason: 'the wrong image' });
    expect(fake.store.stable('orders')?.label).toBe('orders-r1');
    expect(fake.share('orders-r1')).toBe(100);
  });

  it('is not too late to pause', async () => {
    const { fake, journal, rollout } = await atTheLastLook((own) => own.pause());
    const isAccepted = () => fake.store.stable('orders')?.label === 'orders-r2';
    for (let turn = 0; turn < 3_000 && !isAccepted(); turn += 1) await Promise.resolve();
    expect(isAccepted()).toBe(false);
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
    expect(endsIn(journal.lines)).toHaveLength(1);
  });
});

describe('a controller that dies as it accepts the new revision', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  /**
   * Counts what the controller does from the step on, and kills it at the n-th, before or after that is done. Says at what it died: nowhere
   * when it had ended before.
   */
  async function dieAt(nth: number, when: 'before' | 'after') {
    const folder = mkdtempSync(join(tmpdir(), 'accept-'));
    folders.push(folder);
    const path = join(folder, 'journal.ndjson');
    const file = new FileJournal(path);
    let done = 0;
    let diedAt: string | undefined;
    let hasBegun = false;
    const die = (what: string): never => {
      diedAt = what;
      fake.dead = true;
      throw new Death('killed');
    };
    const isDue = (at: typeof when) => hasBegun && done === nth && at === when && diedAt === undefined;
    const counted = (what: string) => {
      if (fake.dead) throw new Death('killed');
      if (hasBegun) done += 1;
      if (isDue('before')) die(what);
    };
    const journal: Journal = {
      append(line) {
        hasBegun ||= line.type === 'action' && line.action === 'accept';
        const what = line.type === 'action' ? `${line.phase} of ${line.action}` : `line of ${line.type}`;
        counted(line.type === 'rollout' ? `line of ${line.state}` : what);
        file.append(line);
        if (isDue('after')) die(line.type === 'rollout' ? `line of ${line.state}` : what);
      },
    };
    const fake = new FakeWorld({ seed: 'accept', journal, journalPath: path });
    const own = fake.ports();
    const mortal =
      <Args extends unknown[], T>(what: string, run: (...args: Args) => Promise<T>) =>
      async (...args: Args): Promise<T> => {
        counted(what);
        const result = await run(...args);
        if (isDue('after')) die(what);
        return result;
      };
    const put: RevisionStore['put'] = (...revisions) => {
      counted('record');
      fake.store.put(...revisions);
      if (isDue('after')) die('record');
    };
    const ports: DeliveryPorts = {
      ...own,
      revisions: { ...fake.store, put },
      setWeights: mortal('weights', (...args: Parameters<typeof own.setWeights>) => own.setWeights(...args)),
      endLease: mortal('end of the lease', (service: string) => own.endLease(service)),
      drain: mortal('drain', (revision: Revision) => own.drain(revision)),
      retire: mortal('take-out', (revision: Revision) => own.retire(revision)),
      stop: mortal('stop', (...args: Parameters<typeof own.stop>) => own.stop(...args)),
    };
    await deploy(REQUEST, ports).catch((error: unknown) => {
      if (!(error instanceof Death)) throw error;
    });
    if (diedAt === undefined) return undefined;
    const serves = fake.ask();
    fake.dead = false;
    const [recovered] = await recover({ ports: { ...own, journal: file } });
    file[Symbol.dispose]();
    const [kept, other] =
      recovered?.outcome === 'rolled-back' ? ['orders-r1', 'orders-r2'] : ['orders-r2', 'orders-r1'];
    expect({ at: diedAt, stable: fake.store.stable('orders')?.label, share: fake.share(kept) }).toEqual({
      at: diedAt,
      stable: kept,
      share: 100,
    });
    expect([fake.lives(kept), fake.lives(other), fake.lost, fake.store.unfinished()]).toEqual([true, false, 0, []]);
    return { at: diedAt, serves, kept };
  }

  it.each([
    ['before', { 'intent of accept': 1, weights: 1, 'end of the lease': 1 }],
    ['after', { 'intent of accept': 1, weights: 1 }],
  ] as const)('leaves the revision that the next command keeps (killed %s each act)', async (when, old) => {
    const deaths: { readonly at: string; readonly serves: string | undefined; readonly kept: string }[] = [];
    for (let nth = 1; ; nth += 1) {
      const death = await dieAt(nth, when);
      if (death === undefined) break;
      deaths.push(death);
    }
    expect(deaths.map(({ at }) => at)).toEqual([
      ...['intent of accept', 'weights', 'end of the lease', 'line of Retiring', 'record', 'result of accept'],
      ...['intent of retire', 'intent of drain', 'drain', 'result of drain', 'intent of take-out', 'take-out'],
      ...['result of take-out', 'intent of stop', 'stop', 'result of stop', 'result of retire', 'record'],
      ...['line of Succeeded', 'line of rollout-ended', 'record'],
    ]);
    expect(deaths.map(({ at, serves }) => `${at}: ${serves}`)).toEqual(
      deaths.map(({ at }) => `${at}: ${at in old ? 'orders-r1' : 'orders-r2'}`),
    );
    expect(deaths.filter(({ serves, kept }) => serves !== kept)).toEqual([]);
  });
});
