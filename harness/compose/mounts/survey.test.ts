import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isSubpathCompose } from './ground';
import { fileSystemOf, listeningBelow, mountsBelow, mountsIn, socketsIn } from './machine';
import { surveyMounts } from './survey';
import { wantedMounts } from './wanted';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'survey-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a look at sources', () => {
  it('tells folders, files, devices and what is not there, by their real paths', () => {
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'a.conf'), '');
    symlinkSync('data', join(directory, 'link'));
    const sources = ['data', 'a.conf', 'link', 'link/none/deep'].map((name) => join(directory, name));
    const looks = surveyMounts([...sources, '/dev/null']);
    expect(Object.values(looks).map(({ kind }) => kind)).toEqual(['folder', 'file', 'folder', 'missing', 'device']);
    expect(looks[sources[2] ?? '']?.real).toBe(looks[sources[0] ?? '']?.real);
    expect(looks[sources[3] ?? '']?.real).toBe(join(looks[sources[0] ?? '']?.real ?? '', 'none/deep'));
  });

  it('finds a socket that hides in a folder, and speaks to none', async () => {
    mkdirSync(join(directory, 'deep/er'), { recursive: true });
    const path = join(directory, 'deep/er/app.sock');
    let calls = 0;
    const server = createServer(() => (calls += 1));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const looks = surveyMounts([directory, path]);
    expect(looks[directory]).toMatchObject({ kind: 'folder', sockets: [path], live: [path] });
    expect(looks[path]).toMatchObject({ kind: 'socket' });
    await new Promise((resolve) => server.close(resolve));
    expect(calls).toBe(0);
    expect(surveyMounts([join(directory, 'deep')])[join(directory, 'deep')]).toMatchObject({ sockets: [], live: [] });
  });
});

it('looks at nothing of this machine where the Engine is one of another', () => {
  const before = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = 'ssh://build@far.example';
  try {
    expect(surveyMounts(['/etc'])).toMatchObject({ '/etc': { real: '/etc', kind: 'unknown' } });
  } finally {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
  }
  expect(surveyMounts(['/etc'])).toMatchObject({ '/etc': { kind: 'folder' } });
});

describe('what the machine says', () => {
  const mountinfo = [
    '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw',
    '23 22 0:5 / /proc rw,nosuid shared:2 - proc proc rw',
    '24 22 0:6 / /srv/my\\040disk rw - xfs /dev/sdb rw',
    '',
  ].join('\n');

  it('of what is mounted where', () => {
    const machine = { mounts: mountsIn(mountinfo), listening: [] };
    expect(fileSystemOf('/proc/sys', machine)).toBe('proc');
    expect(fileSystemOf('/process', machine)).toBe('ext4');
    expect(mountsBelow('/srv', machine)).toEqual([{ at: '/srv/my disk', fs: 'xfs' }]);
    expect(mountsBelow('/srv/my disk', machine)).toEqual([]);
  });

  it('of who listens where, whatever path they took', () => {
    const unix = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000000000000000: 00000002 00000000 00010000 0001 01 20735 /var/run/docker.sock',
      '0000000000000000: 00000003 00000000 00000000 0001 03 20736',
      '0000000000000000: 00000002 00000000 00010000 0001 01 20737 @/tmp/.X11-unix/X0',
    ].join('\n');
    expect(socketsIn(unix)).toEqual(['/var/run/docker.sock']);
    const real = (path: string) => path.replace('/var/run', '/run');
    expect(listeningBelow('/run', socketsIn(unix), real)).toEqual(['/run/docker.sock']);
    expect(listeningBelow('/srv', socketsIn(unix), real)).toEqual([]);
  });
});

describe('what services ask for', () => {
  const all = (...volumes: object[]) => [{ name: 'web', service: { volumes }, volumes: {} }];
  const made = (...volumes: object[]) => wantedMounts(all(...volumes), []).map(({ mayBeMade }) => mayBeMade);

  it('says whether a folder is made, as the Compose that resolved it meant', () => {
    const short = { type: 'bind', source: '/a', bind: { create_host_path: true } };
    expect(made(short, { type: 'bind', source: '/b' })).toEqual([true, false]);
    expect(
      made({ type: 'bind', source: '/a', bind: { create_host_path: false } }, { type: 'bind', source: '/b' }),
    ).toEqual([false, true]);
  });

  it('knows what is let through', () => {
    const allow = [{ service: 'web', source: '/run' }];
    const allowed = wantedMounts(all({ type: 'bind', source: '/run/' }, { type: 'bind', source: '/srv' }), allow);
    expect(allowed.map(({ isAllowed }) => isAllowed)).toEqual([true, false]);
  });
});

it.each([
  ['2.26.1-4', true],
  ['v5.5.0', true],
  ['2.40.3', true],
  ['2.25.0', false],
  ['', false],
])('Compose %s passes parts of volumes on: %p', (version, passes) => {
  expect(isSubpathCompose(version)).toBe(passes);
});
