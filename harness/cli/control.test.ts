import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { controlRollout } from './control';

let directory: string;
let written: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'control-'));
  written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  writeFileSync(
    join(directory, 'rollproof.config.ts'),
    `export const config = {
  name: 'control',
  composeFiles: ['compose.yaml'],
  managed: { web: { port: 8080, readiness: '/' } },
  load: { service: 'web', port: 8080, ratePerSecond: 1, requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } } },
};
`,
  );
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const asked = (verb: 'abort' | 'resume' | 'pause' | 'promote', service = 'web', json = false) =>
  controlRollout(verb, service, { config: join(directory, 'rollproof.config.ts'), json });

it.each(['abort', 'resume'] as const)('%s with nothing in progress is a no-op that says so', async (verb) => {
  expect(await asked(verb)).toBe(0);
  expect(written).toBe('no rollout of web is under way: nothing was done\n');
  written = '';
  expect(await asked(verb, 'web', true)).toBe(0);
  expect(JSON.parse(written)).toEqual({ service: 'web', verb, state: null });
});

it.each(['pause', 'promote'] as const)('%s with nothing in progress is refused', async (verb) => {
  await expect(asked(verb)).rejects.toMatchObject({ code: 'no-rollout' });
});

it('refuses a service that there is not', async () => {
  await expect(asked('abort', 'wbe')).rejects.toMatchObject({ code: 'unknown-service' });
});
