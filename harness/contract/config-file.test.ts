import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { loadConfigFile } from './config-file';

const CONFIG = `exports.config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: {},
  load: { service: 'web', port: 80, ratePerSecond: 1, requests: {} },
};`;

it('keeps state where the command was started, and everything else beside the configuration', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  const path = join(directory, 'rollproof.config.js');
  writeFileSync(path, CONFIG);
  const loaded = await loadConfigFile(path);
  expect(isAbsolute(loaded.stateDirectory)).toBe(true);
  expect(loaded.stateDirectory).toBe(join(process.cwd(), '.rollproof', loaded.project));
  expect(loaded.composeFiles).toEqual([join(loaded.directory, 'compose.yaml')]);
});
