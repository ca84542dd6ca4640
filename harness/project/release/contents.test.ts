import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { withContents } from './contents';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contents-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A definition that reads a file, a folder and a secret of a checkout. */
function definition(checkout: string, text: string) {
  const root = join(folder, checkout);
  mkdirSync(join(root, 'conf', 'deep'), { recursive: true });
  writeFileSync(join(root, 'nginx.conf'), 'listen 80');
  writeFileSync(join(root, 'conf', 'deep', 'a'), text);
  writeFileSync(join(root, 'secret'), 'word');
  return {
    service: {
      volumes: ['nginx.conf', 'conf'].map((name) => ({ type: 'bind', source: join(root, name), target: '/x' })),
    },
    ...{ networks: {}, volumes: {}, configs: {} },
    secrets: { word: { file: join(root, 'secret') } },
  };
}

it('takes equal files of two checkouts for equal', () => {
  expect(withContents(definition('one', 'a'))).toEqual(withContents(definition('two', 'a')));
});

it('sees another file deep in a folder', () => {
  expect(withContents(definition('one', 'a'))).not.toEqual(withContents(definition('two', 'b')));
});

it('knows what is not there by its path', () => {
  const own = { ...definition('one', 'a'), secrets: { word: { file: '/nowhere/secret' } } };
  expect(withContents(own)).toMatchObject({ secrets: { word: { file: '/nowhere/secret' } } });
});

it('takes what a service waits for for no part of it', () => {
  const own = definition('one', 'a');
  const waiting = { ...own, service: { ...own.service, depends_on: { db: {} } } };
  expect(withContents(waiting)).toEqual(withContents(own));
});
