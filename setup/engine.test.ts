import { mkdtempSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';

interface Probe {
  hasClient: boolean;
  engine?: string;
  compose?: string;
  buildx?: string;
  context: string;
  isPackaged: boolean;
  detail?: string;
}
interface Host {
  platform: string;
  isRoot: boolean;
  distribution: string;
  codename: string;
  version: string;
  noInstall: boolean;
  remote: boolean;
  hasDaemon: boolean;
}
interface Decision {
  action: 'use' | 'start' | 'install' | 'stop';
  reason?: string;
  hint?: string;
  what?: string;
  packages?: string[];
}
const { decideEngine, isAtLeast } = jest.requireActual<{
  decideEngine: (probe: Probe, host: Host) => Decision;
  isAtLeast: (found: string, needed: string) => boolean;
}>('./engine.js');
const { readSimulation } = jest.requireActual<{
  readSimulation: (text: string) => { added: string[]; changed: string[]; removed: string[] };
}>('./apt.js');
/** What apt would install. */
const asked: object[] = [];
// `engine.js` has loaded the real ones.
jest.resetModules();
jest.doMock('./apt.js', () => ({ addTrixie: () => undefined, install: (options: object) => asked.push(options) }));
const { installDocker, removeStalePids, isLiveDaemon } = jest.requireActual<{
  installDocker: (input: { host: Host; what: string; packages?: string[] }) => Promise<void>;
  removeStalePids: (files: string[], isAlive: (pid: number) => boolean) => string[];
  isLiveDaemon: (stat: string) => boolean;
}>('./engine-install.js');

const complete: Probe = {
  hasClient: true,
  engine: '26.1.5+dfsg1',
  compose: '2.26.1-4',
  buildx: '0.13.1',
  context: 'default',
  isPackaged: true,
};
const bare: Probe = { hasClient: false, context: 'default', isPackaged: false };
const { compose: _compose, ...withoutCompose } = complete;
const { compose: _, buildx: _buildx, ...withoutPlugins } = complete;
const root: Host = {
  platform: 'linux',
  isRoot: true,
  distribution: 'debian',
  codename: 'bookworm',
  version: '12',
  noInstall: false,
  remote: false,
  hasDaemon: false,
};

describe('decideEngine', () => {
  it('uses a reachable Engine as it is', () => {
    expect(decideEngine(complete, root)).toEqual({ action: 'use' });
  });

  it('stops for an Engine that is too old, naming found and needed, even where it could install', () => {
    const decision = decideEngine({ ...complete, engine: '20.10.24' }, root);
    expect(decision.action).toBe('stop');
    expect(decision.reason).toMatch(/20\.10\.24 found, 25\.0 or newer needed/);
    expect(decision.hint).toMatch(/^Upgrade it: https:/);
  });

  it('stops for a Compose that is too old', () => {
    expect(decideEngine({ ...complete, compose: '2.17.0' }, root).reason).toMatch(/2\.17\.0 found, 2\.24/);
  });

  it('installs on a bare Debian as root', () => {
    expect(decideEngine(bare, root)).toMatchObject({ action: 'install' });
  });

  it('only starts an Engine that is installed and stopped', () => {
    const { engine: _engine, ...stopped } = complete;
    expect(decideEngine(stopped, { ...root, hasDaemon: true })).toEqual({ action: 'start' });
  });

  it.each([
    ['without root', { isRoot: false }],
    ['with ROLLPROOF_NO_INSTALL', { noInstall: true }],
    ['on another distribution', { distribution: 'alpine' }],
    ['when a remote Engine is named', { remote: true }],
  ])('never touches the system %s', (_name, change) => {
    const decision = decideEngine(bare, { ...root, ...change });
    expect(decision.action).toBe('stop');
    expect(decision.hint).toMatch(/Docker Engine >=|unset it/);
  });

  it.each([
    ['debian', '12', 'sudo env -u ROLLPROOF_NO_INSTALL node setup/main.js'],
    ['debian', '13', 'sudo apt-get install docker.io docker-cli docker-compose docker-buildx debootstrap'],
    ['ubuntu', '24.04', 'sudo apt-get install docker.io docker-compose-v2 docker-buildx'],
    ['fedora', '42', 'sudo dnf install moby-engine'],
    ['rhel', '9', 'sudo dnf config-manager --add-repo'],
    ['centos', '9', 'sudo dnf config-manager --add-repo'],
    ['alpine', '3.22', 'sudo apk add docker docker-cli-compose'],
    ['arch', '', 'sudo pacman -S docker docker-compose'],
    ['plan9', '4', 'See https://'],
  ])('tells a person on %s %s what to type', (distribution, version, command) => {
    const decision = decideEngine(bare, { ...root, isRoot: false, distribution, version });
    expect(decision.hint?.startsWith(command)).toBe(true);
  });

  it('adds only the plugin that lacks to the Engine of the distribution', () => {
    expect(decideEngine(withoutCompose, root)).toEqual({
      action: 'install',
      what: 'Docker Compose (CLI plugin)',
      packages: ['docker-compose'],
    });
    expect(decideEngine(withoutPlugins, { ...root, distribution: 'ubuntu', version: '24.04' })).toMatchObject({
      action: 'install',
      packages: ['docker-compose-v2', 'docker-buildx'],
    });
  });

  it.each([
    [
      'an Engine of another origin',
      { isPackaged: false },
      {},
      'Install docker-compose-plugin and docker-buildx-plugin',
    ],
    ['a remote Engine', { isPackaged: false }, { remote: true }, 'Install docker-compose-plugin'],
    ['an Engine of another context', { context: 'rootless' }, {}, 'Install docker-compose-plugin'],
    ['an installed Engine of another origin', { isPackaged: false, engine: '' }, { hasDaemon: true }, '-plugin'],
    [
      'its own Engine, but without root',
      {},
      { isRoot: false },
      'apt-get install -t trixie docker-compose docker-buildx',
    ],
  ])('stops for plugins that lack beside %s, and names them', (_name, probe, host, hint) => {
    const decision = decideEngine({ ...withoutPlugins, ...probe }, { ...root, ...host });
    expect(decision).toMatchObject({
      action: 'stop',
      reason: 'Docker Compose (CLI plugin) and Docker buildx not found',
    });
    expect(decision.hint).toContain(hint);
  });

  it('never installs beside a context that does not answer', () => {
    expect(decideEngine({ ...bare, context: 'colima' }, root).action).toBe('stop');
  });
});

describe('installDocker', () => {
  it('adds only what it is told to, from the release that the Engine came from', async () => {
    await installDocker({ host: root, what: 'Docker buildx', packages: ['docker-buildx'] });
    await installDocker({ host: { ...root, distribution: 'ubuntu', version: '24.04' }, what: 'Docker Engine' });
    expect(asked).toEqual([
      { packages: ['docker-buildx'], target: 'trixie', what: 'Docker buildx' },
      expect.objectContaining({ packages: expect.arrayContaining(['docker.io', 'docker-compose-v2']) }),
    ]);
    expect(asked[1]).not.toHaveProperty('target', expect.anything());
  });
});

describe('isAtLeast', () => {
  it('compares numbers, not text', () => {
    expect(isAtLeast('24.0.9', '24.0')).toBe(true);
    expect(isAtLeast('2.9.0', '2.24')).toBe(false);
    expect(isAtLeast('v5.0.1', '2.24')).toBe(true);
  });
});

describe('readSimulation', () => {
  it('tells packages that are added from installed ones that change', () => {
    const text = [
      'Inst libc6 [2.36-9] (2.41-12 Debian:13/stable [amd64]) []',
      'Inst docker.io (26.1.5 Debian:13/stable [amd64])',
      'Remv cgroupfs-mount [1.4]',
      'Conf docker.io (26.1.5 Debian:13/stable [amd64])',
    ].join('\n');
    expect(readSimulation(text)).toEqual({
      added: ['docker.io'],
      changed: ['libc6 2.36-9 -> 2.41-12'],
      removed: ['cgroupfs-mount'],
    });
  });
});

describe('removeStalePids', () => {
  it('removes the file of a dead process and keeps that of a living one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rollproof-pid-'));
    const [dead, alive] = [join(directory, 'dead.pid'), join(directory, 'alive.pid')] as const;
    writeFileSync(dead, '41');
    writeFileSync(alive, '42');
    expect(removeStalePids([dead, alive], (pid) => pid === 42)).toEqual([dead]);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
  });
});

describe('isLiveDaemon', () => {
  it('counts a running daemon, not a zombie, nor another program with its pid', () => {
    expect(isLiveDaemon('586 (dockerd) S 1 586')).toBe(true);
    expect(isLiveDaemon('586 (dockerd) Z 1 586')).toBe(false);
    expect(isLiveDaemon('586 (bash) S 1 586')).toBe(false);
  });
});
