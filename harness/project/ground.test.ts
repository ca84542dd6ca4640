import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { LoadedConfig } from '../contract/config-file';
import { revisionsPath } from '../delivery/revisions/revision-store';
import { keptStack, rememberKeptStack } from './kept-stack';
import type { RunningPlan } from './plan';

/** What stands under the project's label. */
let left: { project: string }[];
let swept: string[];

jest.mock('../docker/sweep', () => ({
  awaitNoGuardian: async () => undefined,
  findLeftovers: async () => left,
  sweepProject: async (project: string) => swept.push(project),
}));
// After the mock: what it imports must be it.
const { clearTheGround, requireKeptStack } = jest.requireActual<typeof import('./ground')>('./ground');

const PLAN = {
  ...{ model: { name: 'acme', services: {} }, composeEnv: {}, compression: { factor: 1, reason: '' }, alerts: [] },
  ...{ frontImage: 'front', helperImage: 'helper', managed: {}, workers: {} },
} as RunningPlan;
const PROGRESS = { step: () => undefined };

let loaded: LoadedConfig;

beforeEach(() => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'ground-'));
  loaded = { config: { name: 'acme' }, path: 'c.ts', project: 'rp-acme', stateDirectory } as unknown as LoadedConfig;
  rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
  mkdirSync(revisionsPath(stateDirectory));
  swept = [];
});
afterEach(() => rmSync(loaded.stateDirectory, { recursive: true }));

it('sweeps no stack that was left up, and hands it to a command that works on it', async () => {
  left = [{ project: 'rp-acme' }];
  await expect(clearTheGround(loaded, PROGRESS)).rejects.toMatchObject({ code: 'stack-kept' });
  expect(swept).toEqual([]);
  expect(await requireKeptStack(loaded)).toMatchObject({ command: 'npm run up' });
});

it('takes a stack of which only the record is left for one that is not up, and brings up a new one in its place', async () => {
  left = [{ project: 'rp-other' }];
  await expect(requireKeptStack(loaded)).rejects.toMatchObject({ code: 'stack-not-up' });
  await clearTheGround(loaded, PROGRESS);
  expect(keptStack(loaded)).toBeUndefined();
  expect(swept).toEqual(['rp-acme']);
});
