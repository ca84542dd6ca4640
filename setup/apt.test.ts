import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-apt-'));
const callsFile = join(directory, 'calls');
const { PATH, CI } = process.env;

/** Logs go to the test's folder, and nothing is removed from this machine. */
jest.doMock('./paths.js', () => ({
  ROOT: directory,
  STATE: directory,
  SETUP: directory,
  shown: (file: string) => file,
}));
const removed: string[] = [];
jest.doMock('node:fs', () => ({
  ...jest.requireActual<object>('node:fs'),
  rmSync: (file: string) => void removed.push(file),
}));
let host = {};
jest.doMock('./engine.js', () => ({ readHost: () => host }));

const { install } = jest.requireActual<{ install: (options: object) => Promise<void> }>('./apt.js');
const { buildBase } = jest.requireActual<{ buildBase: (options: object) => Promise<void> }>('./base-image.js');

const said: string[] = [];
let left = 0;
const progress = {
  expect: (count: number) => void (left += count),
  start: (name: string, what: string) => {
    left--;
    said.push(`${name}: ${what}`);
  },
  step: () => undefined,
  stop: () => undefined,
  line: (text: string) => void said.push(text),
  done: (name: string, note: string) => void said.push(`${name}: ${note}`),
};

const ADDED = 'Inst docker.io (26.1.5 Debian:13/stable [amd64])';
const CHANGED = 'Inst libc6 [2.36-9] (2.41-12 Debian:13/stable [amd64]) []';
const GONE = 'Remv cgroupfs-mount [1.4]';
const QUESTION = 'Change these installed packages? [y/N] ';

/** The only command on PATH: an `apt-get` that writes down what it is asked, and whose simulation says `plan`. */
function fakeAptGet(plan: readonly string[], ending = 'exit 0'): void {
  const file = join(directory, 'apt-get');
  const simulation = [...plan.map((line) => `echo '${line}'`), ending].join('\n');
  writeFileSync(file, `#!/bin/sh\necho "$*" >>'${callsFile}'\n[ "$1" = -s ] || exit 0\n${simulation}\n`);
  chmodSync(file, 0o755);
}

const calls = (): string[] => readFileSync(callsFile, 'utf8').trimEnd().split('\n');

/** Somebody who types this and then closes the input, on a terminal or not. Returns what was printed so far. */
function type(typed: string, { stdin = true, stdout = true } = {}): () => string {
  const input = Object.assign(new PassThrough(), { isTTY: stdin });
  const output = Object.assign(new PassThrough(), { isTTY: stdout });
  input.end(typed);
  jest.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  jest.spyOn(process, 'stdout', 'get').mockReturnValue(output as unknown as typeof process.stdout);
  return () => String(output.read() ?? '');
}

beforeEach(() => {
  said.length = 0;
  removed.length = 0;
  writeFileSync(callsFile, '');
  process.env['PATH'] = directory;
  delete process.env['CI'];
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env['PATH'] = PATH;
  if (CI !== undefined) process.env['CI'] = CI;
});

describe('install', () => {
  const INSTALL = 'install -y --no-install-recommends docker.io';
  const SIMULATED = ['update -q', `-s ${INSTALL}`];
  const docker = { packages: ['docker.io'], what: 'Docker Engine', progress };

  it('simulates first and shows each installed package that changes, before it installs', async () => {
    type('', { stdin: false });
    fakeAptGet([ADDED, CHANGED, GONE]);
    await install(docker);
    expect(calls()).toEqual([...SIMULATED, INSTALL]);
    expect(said).toEqual([
      'Docker Engine: apt-get update',
      'Docker Engine: 1 packages are added, 2 installed ones change',
      '  upgrade libc6 2.36-9 -> 2.41-12',
      '  remove cgroupfs-mount',
      'Docker Engine: apt-get install docker.io',
      'Docker Engine: installed',
    ]);
  });

  it.each([
    ['an upgrade', CHANGED, 'y\n'],
    ['a removal', GONE, 'Yes\n'],
  ])('asks on a terminal for %s, and installs after a yes', async (_name, line, typed) => {
    const printed = type(typed);
    fakeAptGet([ADDED, line]);
    await install(docker);
    expect(printed()).toContain(QUESTION);
    expect(calls()).toEqual([...SIMULATED, INSTALL]);
  });

  it.each([
    ['a no', 'n\n'],
    ['an empty line', '\n'],
    ['a closed input', ''],
  ])('installs nothing after %s', async (_name, typed) => {
    const printed = type(typed);
    fakeAptGet([CHANGED]);
    await expect(install(docker)).rejects.toMatchObject({
      name: 'CannotRun',
      message: 'Docker Engine was not installed',
      hint: expect.stringContaining('answer y'),
    });
    expect(printed()).toContain(QUESTION);
    expect(calls()).toEqual(SIMULATED);
  });

  it.each([
    ['where nobody can type', CHANGED, { stdin: false }, {}],
    ['where nobody can read', CHANGED, { stdout: false }, {}],
    ['in CI', CHANGED, {}, { CI: 'true' }],
    ['for packages that are only added', ADDED, {}, {}],
  ])('does not ask %s', async (_name, line, terminal, env) => {
    const printed = type('n\n', terminal);
    Object.assign(process.env, env);
    fakeAptGet([line]);
    await install(docker);
    expect(printed()).toBe('');
    expect(calls()).toEqual([...SIMULATED, INSTALL]);
  });

  it('installs nothing when the simulation fails', async () => {
    fakeAptGet([ADDED], 'echo "E: Unable to locate package docker.io" >&2; exit 100');
    await expect(install(docker)).rejects.toMatchObject({
      name: 'CannotRun',
      message: 'apt-get cannot install docker.io: E: Unable to locate package docker.io',
    });
    expect(calls()).toEqual(SIMULATED);
  });

  it('takes back the release that it installs from only when nothing came of it', async () => {
    type('', { stdin: false });
    fakeAptGet([CHANGED]);
    await install({ ...docker, target: 'trixie' });
    expect(calls().at(-1)).toBe('install -y --no-install-recommends -t trixie docker.io');
    fakeAptGet([], 'exit 100');
    await expect(install(docker)).rejects.toThrow('cannot install');
    expect(removed).toEqual([]);
    await expect(install({ ...docker, target: 'trixie' })).rejects.toThrow('cannot install');
    expect(removed).toEqual([
      '/etc/apt/sources.list.d/rollproof-trixie.sources',
      '/etc/apt/preferences.d/rollproof-trixie',
    ]);
  });
});

describe('buildBase', () => {
  const root = { isRoot: true, platform: 'linux', distribution: 'debian', noInstall: false };
  const build = (): Promise<void> => buildBase({ tag: 'rollproof/base:trixie', progress });

  it('installs debootstrap where it may, and goes on with it', async () => {
    host = root;
    fakeAptGet([]);
    await expect(build()).rejects.toThrow('image base failed at step: debootstrap (127)');
    expect(calls()).toContain('install -y --no-install-recommends debootstrap debian-archive-keyring');
  });

  it('leaves the count of what is to come as it was without debootstrap', async () => {
    host = root;
    fakeAptGet([]);
    left = 1;
    await expect(build()).rejects.toThrow('debootstrap (127)');
    expect(left).toBe(0);
  });

  it.each([
    ['with ROLLPROOF_NO_INSTALL', { noInstall: true }],
    ['on another distribution', { distribution: 'fedora' }],
  ])('names debootstrap and what to type instead of installing it %s', async (_name, change) => {
    host = { ...root, ...change };
    fakeAptGet([]);
    await expect(build()).rejects.toMatchObject({
      name: 'CannotRun',
      message: 'building the base image without a registry needs debootstrap, which is not installed',
      hint: expect.stringMatching(/^apt-get install debootstrap debian-archive-keyring\n/),
    });
    expect(readFileSync(callsFile, 'utf8')).toBe('');
    expect(said).toEqual([]);
  });
});
