import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wallMs } from '../core/clock';
import { acquireLock, lockHolder } from './lock';
import { firstRevision, nextRevision } from '../delivery/revisions/revision';
import { fakeSpec } from '../delivery/testing/fake-world';
import { openRevisionStore } from '../delivery/revisions/revision-store';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('acquireLock', () => {
  const options = () => ({ path: join(folder, 'acme', 'lock'), project: 'acme', command: 'npm start' });

  function edit(change: Record<string, unknown>): void {
    const holder = JSON.parse(readFileSync(options().path, 'utf8')) as Record<string, unknown>;
    writeFileSync(options().path, JSON.stringify({ ...holder, token: 'lock-other', ...change }));
  }

  it('refuses a second holder and names the first', () => {
    using _lock = acquireLock(options());
    expect(() => acquireLock(options())).toThrow(`project acme is held by "npm start" (pid ${process.pid}`);
    expect(lockHolder(options().path)).toContain('npm start');
  });

  it('is free again once it is given back', () => {
    acquireLock(options())[Symbol.dispose]();
    expect(lockHolder(options().path)).toBeUndefined();
    using lock = acquireLock(options());
    expect(lock.tookOver).toBeUndefined();
  });

  it('takes over from a dead process, and says so', () => {
    using _stale = acquireLock(options());
    edit({ pid: spawnSync('true').pid });
    using lock = acquireLock(options());
    expect(lock.tookOver).toMatch(/took over the lock of "npm start"/);
  });

  it('is not fooled by a pid that was given to another process', () => {
    using _stale = acquireLock(options());
    edit({ processStart: '1' });
    using lock = acquireLock(options());
    expect(lock.tookOver).toBeDefined();
  });

  it('believes the heart-beat of a holder that it cannot look up', () => {
    using _other = acquireLock(options());
    edit({ host: 'elsewhere', heartbeatAt: wallMs() });
    expect(() => acquireLock(options())).toThrow(/held by/);
    edit({ host: 'elsewhere', heartbeatAt: wallMs() - 60_000 });
    using lock = acquireLock(options());
    expect(lock.tookOver).toBeDefined();
  });
});

describe('openRevisionStore', () => {
  const spec = fakeSpec('acme/orders:good');

  it('remembers revisions and unfinished rollouts across processes', () => {
    const path = join(folder, 'revisions.json');
    const first = firstRevision('orders', spec);
    const candidate = { ...nextRevision([first], first, spec), rollout: { id: 'rollout-1' } };
    openRevisionStore(path).put(first, candidate);
    const again = openRevisionStore(path);
    expect(again.list('orders')).toEqual([first, candidate]);
    expect(again.stable('orders')).toEqual(first);
    expect(again.unfinished()).toEqual([candidate]);
    expect(again.list('payments')).toEqual([]);
  });

  it('reads a rollout whose strategy it does not understand as one without', () => {
    const path = join(folder, 'revisions.json');
    const first = firstRevision('orders', spec);
    const strategy = { name: 'canary', settings: { patience: 'much' }, steps: [] };
    writeFileSync(path, JSON.stringify({ revisions: [{ ...first, rollout: { id: 'rollout-1', strategy } }] }));
    expect(openRevisionStore(path).unfinished()).toEqual([{ ...first, rollout: { id: 'rollout-1' } }]);
  });

  it('refuses a file that is not ours', () => {
    const path = join(folder, 'revisions.json');
    writeFileSync(path, '{"revisions": [{"service": 1}]}');
    expect(() => openRevisionStore(path)).toThrow(/does not hold revision records: it has another shape/);
  });

  it.each([
    ['an empty one', ''],
    ['one that is cut off', '{"version": 1, "revisions": [{"serv'],
  ])('refuses a file that is broken, and leaves it: %s', (_what, text) => {
    const path = join(folder, 'revisions.json');
    writeFileSync(path, text);
    expect(() => openRevisionStore(path)).toThrow(
      expect.objectContaining({
        code: 'revisions-corrupt',
        hint: expect.stringContaining('Nothing was changed') as unknown,
      }),
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('refuses a file of a newer version, and reads one of before there were versions', () => {
    const path = join(folder, 'revisions.json');
    openRevisionStore(path).put(firstRevision('orders', spec));
    const { revisions } = JSON.parse(readFileSync(path, 'utf8')) as { revisions: unknown };
    writeFileSync(path, JSON.stringify({ revisions }));
    expect(openRevisionStore(path).list()).toHaveLength(1);
    writeFileSync(path, JSON.stringify({ version: 2, revisions: { orders: revisions } }));
    expect(() => openRevisionStore(path)).toThrow(
      expect.objectContaining({ code: 'state-newer', message: expect.stringMatching(/version 2.*knows 1/) as unknown }),
    );
  });
});
