import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { ComposeModel } from '../compose/model';
import { planMounts } from '../compose/mounts/plan';
import type { LoadedConfig } from '../contract/config-file';
import { addMounts, forgetMounts, readMounts } from './mount-file';
import { lookAtMounts, makeMounts, mountingIn } from './stack-mounts';

let directory: string;
let loaded: LoadedConfig;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stack-mounts-'));
  mkdirSync(join(directory, 'app/data'), { recursive: true });
  const config = { allow: ['web:./app'] };
  loaded = { config, directory, project: 'rp-x', stateDirectory: join(directory, 'state') } as unknown as LoadedConfig;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A project of services that mount `app`, or `app/data:ro`. */
function modelOf(mounts: Readonly<Record<string, string>>): ComposeModel {
  const services = Object.entries(mounts).map(([name, mount]) => {
    const [path = '', mode] = mount.split(':');
    const volume = { type: 'bind', source: join(directory, path), target: '/t', read_only: mode === 'ro' };
    return [name, { image: 'x', volumes: [volume] }] as const;
  });
  return { name: 'x', services: Object.fromEntries(services) };
}

const look = (mounts: Readonly<Record<string, string>>) => lookAtMounts(loaded, mountingIn(modelOf(mounts)));

it('remembers what was looked at, whatever becomes of it, until the stack is gone', () => {
  const record = look({ job: 'app' });
  addMounts(loaded.stateDirectory, record);
  rmSync(join(directory, 'app'), { recursive: true });
  expect(readMounts(loaded.stateDirectory)).toEqual(record);
  const again = lookAtMounts(loaded, mountingIn(modelOf({ job: 'app' })), readMounts(loaded.stateDirectory));
  expect(planMounts(again)).toEqual(planMounts(record));
  forgetMounts(loaded.stateDirectory);
  expect(planMounts(readMounts(loaded.stateDirectory)).layers).toEqual([]);
});

it('keeps what two processes add', () => {
  addMounts(loaded.stateDirectory, look({ job: 'app/data' }));
  addMounts(loaded.stateDirectory, look({ mailer: 'app/data:ro' }));
  expect(readMounts(loaded.stateDirectory).wanted.map(({ service }) => service)).toEqual(['job', 'mailer']);
});

it('says which file another version wrote', () => {
  mkdirSync(loaded.stateDirectory);
  writeFileSync(join(loaded.stateDirectory, 'mounts.json'), '{"version":1,"wanted":"all"}');
  expect(() => readMounts(loaded.stateDirectory)).toThrow(/mounts.json: another version of rollproof wrote it/);
  writeFileSync(join(loaded.stateDirectory, 'mounts.json'), '{"version":99}');
  expect(() => readMounts(loaded.stateDirectory)).toThrow(/a newer rollproof wrote it/);
});

it('takes a relative path of `allow` from the folder of the configuration', () => {
  expect(look({ web: 'app', job: 'app/data' }).wanted.map(({ isAllowed }) => isAllowed)).toEqual([false, true]);
});

it('refuses a later mount that would need what stands already to be something else', async () => {
  const make = (mounts: Readonly<Record<string, string>>) =>
    makeMounts({ loaded, helperImage: 'helper', model: modelOf(mounts), revisions: [] });
  addMounts(loaded.stateDirectory, look({ job: 'app/data' }));
  await expect(make({ job: 'app/data', all: 'app' })).rejects.toMatchObject({
    code: 'stack-outdated',
    message: `${directory}/app cannot be mounted beside ${directory}/app/data, which is mounted already: they would not see what the other writes`,
  });
  await expect(make({ job: 'app/data' })).resolves.toEqual(readMounts(loaded.stateDirectory));
});
