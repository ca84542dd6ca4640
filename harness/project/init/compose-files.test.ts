import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { findComposeFiles } from './compose-files';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compose-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (...names: string[]) => {
  for (const name of names) writeFileSync(join(folder, name), 'services: {}\n');
};

it('finds what Compose finds: the first name, and its override', () => {
  write('docker-compose.yml', 'docker-compose.override.yml');
  expect(findComposeFiles(folder, {})).toEqual(['docker-compose.yml', 'docker-compose.override.yml']);
  write('compose.yaml');
  expect(findComposeFiles(folder, {})).toEqual(['compose.yaml', 'docker-compose.override.yml']);
});

it('takes what COMPOSE_FILE names, from the environment before `.env`', () => {
  write('compose.yaml');
  writeFileSync(join(folder, '.env'), 'COMPOSE_FILE=base.yaml:prod.yaml\n');
  expect(findComposeFiles(folder, {})).toEqual(['base.yaml', 'prod.yaml']);
  expect(findComposeFiles(folder, { COMPOSE_FILE: 'one.yaml' })).toEqual(['one.yaml']);
  expect(findComposeFiles(folder, { COMPOSE_FILE: 'a.yaml;b.yaml', COMPOSE_PATH_SEPARATOR: ';' })).toEqual([
    'a.yaml',
    'b.yaml',
  ]);
});

it('says where it looked in vain', () => {
  expect(() => findComposeFiles(folder, {})).toThrow(/holds no compose file/);
});
