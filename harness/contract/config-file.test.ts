import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { loadConfigFile } from './config-file';

const VALUE = `{
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: {},
  load: { service: 'web', port: 80, ratePerSecond: 1, requests: {} },
}`;

function written(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'rollproof.config.js');
  writeFileSync(path, text);
  return path;
}

it('keeps state where the command was started, and everything else beside the configuration', async () => {
  const loaded = await loadConfigFile(written(`exports.config = ${VALUE};`));
  expect(isAbsolute(loaded.stateDirectory)).toBe(true);
  expect(loaded.stateDirectory).toBe(join(process.cwd(), '.rollproof', loaded.project));
  expect(loaded.composeFiles).toEqual([join(loaded.directory, 'compose.yaml')]);
});

it.each(['exports.config =', 'exports.default =', 'module.exports =', 'exports.default = { config:'])(
  'takes what a module exports by `%s`',
  async (words) => {
    const { config } = await loadConfigFile(written(`${words} ${VALUE}${words.endsWith('{ config:') ? '}' : ''};`));
    expect(config.name).toBe('tiny');
  },
);
