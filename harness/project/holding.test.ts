import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LoadedConfig } from '../contract/config-file';
import { OWNER } from '../core/owner';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { firstRevision, nextRevision } from '../delivery/revisions/revision';
import { fakeSpec } from '../delivery/testing/fake-world';
import type { HoldOptions } from './holding';
import { acquireLock } from './lock';
import { isHeldElsewhere, ownersOf, projectLock, serviceLock } from './locks';

let stateDirectory: string;
let isReleased: boolean;
let said: string[];
let abort: AbortController;

jest.mock('./release/file', () => ({ unfinishedRelease: () => (isReleased ? {} : undefined) }));
// After the mock: what it imports must be it.
const { hold } = jest.requireActual<typeof import('./holding')>('./holding');

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'holding-'));
  isReleased = false;
  said = [];
  abort = new AbortController();
});
afterEach(() => rmSync(stateDirectory, { recursive: true }));

const holding = (service?: string, more: Partial<HoldOptions> = {}) =>
  hold({
    loaded: { project: 'rp-acme', stateDirectory, config: { name: 'acme' } } as unknown as LoadedConfig,
    command: `deploy ${service}`,
    progress: { step: (text, facts) => void said.push(`${text} ${JSON.stringify(facts ?? {})}`) },
    signal: abort.signal,
    ...(service === undefined ? {} : { service }),
    ...more,
  });

const service = (name: string) => serviceLock(stateDirectory, name);
const whole = () => projectLock(stateDirectory);

/** Another process takes a lock, and lives or is dead. */
function foreign(path: string, { isDead = false } = {}): Disposable {
  const lock = acquireLock({ path, project: 'rp-acme', command: 'another' });
  const pid = isDead ? { pid: spawnSync('true').pid } : {};
  const holder = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...holder, ...pid, token: 'lock-other', owner: 'owner-other' }));
  return {
    [Symbol.dispose]() {
      lock[Symbol.dispose]();
      rmSync(path, { force: true });
    },
  };
}

function leftBehind(name: string): void {
  const first = firstRevision(name, fakeSpec('good:1'));
  const candidate = { ...nextRevision([first], first, fakeSpec('good:2')), rollout: { id: `rollout of ${name}` } };
  openRevisionStore(revisionsPath(stateDirectory)).put(first, candidate);
}

describe('two services', () => {
  it('are held by two at once, and one service by one', async () => {
    using _other = foreign(service('payments'));
    using own = await holding('orders');
    expect(own.services).toEqual(['orders']);
    expect([isHeldElsewhere(stateDirectory, 'payments'), isHeldElsewhere(stateDirectory, 'orders')]).toEqual([
      true,
      false,
    ]);
    expect(new Set(ownersOf(stateDirectory))).toEqual(new Set(['owner-other', OWNER]));
    await expect(holding('payments')).rejects.toMatchObject({
      code: 'project-locked',
      message: expect.stringMatching(/^payments of project rp-acme is held by "another" \(pid \d+/) as unknown,
      hint: expect.stringContaining('--wait') as unknown,
    });
  });

  it('keep out whoever wants the whole project, and are kept out by it', async () => {
    const other = foreign(service('pay.ments'));
    await expect(holding()).rejects.toThrow(/^pay\.ments of project rp-acme is held by "another"/);
    expect(existsSync(whole())).toBe(false);
    other[Symbol.dispose]();
    using _whole = foreign(whole());
    await expect(holding('orders')).rejects.toThrow(/^project rp-acme is held by "another"/);
    expect(existsSync(service('orders'))).toBe(false);
  });

  it('go on when whoever wanted the whole project at the same moment steps back', async () => {
    const other = foreign(whole());
    const wanted = holding('orders');
    other[Symbol.dispose]();
    using own = await wanted;
    expect(own.services).toEqual(['orders']);
  });
});

describe('what dead commands left', () => {
  it('is ended with the own service, of those that nobody holds, and given back then', async () => {
    for (const name of ['orders', 'payments', 'bank']) leftBehind(name);
    using _dead = foreign(service('bank'), { isDead: true });
    using _living = foreign(service('payments'));
    using own = await holding('orders');
    expect(own.services).toEqual(['orders', 'bank']);
    expect(said).toEqual([expect.stringContaining('took over the lock of "another"')]);
    await own.narrow();
    expect([existsSync(service('orders')), existsSync(service('bank'))]).toEqual([true, false]);
    expect(isHeldElsewhere(stateDirectory, 'payments')).toBe(true);
  });

  it('is a whole release: then everything is held, until that has ended', async () => {
    isReleased = true;
    const own = await holding('orders');
    expect(own.services).toBeUndefined();
    expect([existsSync(whole()), existsSync(service('orders'))]).toEqual([true, false]);
    await own.narrow();
    expect([existsSync(whole()), existsSync(service('orders'))]).toEqual([false, true]);
    own[Symbol.dispose]();
    expect(existsSync(service('orders'))).toBe(false);
  });
});

describe('whoever waits', () => {
  it('says for whom, and gets its turn when that ends', async () => {
    const other = foreign(service('orders'));
    const wanted = holding('orders', { waitMs: 30_000 });
    while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(said[0]).toMatch(/^waiting until nobody else changes orders .*another \(pid \d+, since /);
    other[Symbol.dispose]();
    using own = await wanted;
    expect(own.services).toEqual(['orders']);
    expect(said).toHaveLength(1);
  });

  it('gives up at its deadline, and when it is asked to', async () => {
    using _other = foreign(whole());
    await expect(holding(undefined, { waitMs: 20 })).rejects.toMatchObject({
      code: 'project-locked',
      message: expect.stringMatching(/still after 0.02 s$/) as unknown,
    });
    const wanted = holding(undefined, { waitMs: 60_000 });
    abort.abort(new Error('Ctrl-C'));
    await expect(wanted).rejects.toThrow('Ctrl-C');
  });
});
