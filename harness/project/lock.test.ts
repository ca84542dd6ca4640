import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wallMs } from '../core/clock';
import { acquireLock, lockHolder } from './lock';

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
