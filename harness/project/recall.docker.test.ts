import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { loadConfigFile, type LoadedConfig } from '../contract/config-file';
import { recallPlan, resolveModel, resolveVersion, writeAlerting, type RunningPlan } from './plan';

const SIGNAL = new AbortController().signal;

let outDir: string;
let loaded: LoadedConfig;

beforeEach(async () => {
  outDir = mkdtempSync(join(tmpdir(), 'recall-'));
  loaded = await loadConfigFile('stack/rollproof.config.ts');
});
afterEach(() => rmSync(outDir, { recursive: true, force: true }));

/** The files that Prometheus and Alertmanager read, as they are and when they were written. */
function files(folder = outDir): Record<string, unknown> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, [readFileSync(path, 'utf8'), statSync(path).ino]];
    }),
  );
}

function edited(): LoadedConfig {
  const alerts = (loaded.config.alerts ?? []).map((alert) => ({ ...alert, name: 'Edited' }));
  return { ...loaded, config: { ...loaded.config, alerts, env: { ...loaded.config.env, EDITED: 'yes' } } };
}

it('changes no file under a Prometheus that runs, however the configuration was edited', async () => {
  const composeEnv = await writeAlerting(loaded, { factor: 10, outDir });
  const model = await resolveModel(loaded, { composeEnv });
  const running: RunningPlan = {
    ...{ model, composeEnv, managed: loaded.config.managed, workers: {} },
    compression: { factor: 10, reason: 'as it came up' },
    alerts: [],
    frontImage: 'rollproof/front:1',
    helperImage: 'rollproof/helper:1',
  };
  const before = files();
  expect(JSON.stringify(before)).toContain('HighErrorRate');
  const plan = await recallPlan(edited(), running, SIGNAL);
  expect(files()).toEqual(before);
  expect(plan).toMatchObject(running);
  expect(plan.next).toEqual(model);
});

it('would change them if it were planned anew', async () => {
  await writeAlerting(loaded, { factor: 10, outDir });
  const before = files();
  await writeAlerting(edited(), { factor: 10, outDir });
  expect(files()).not.toEqual(before);
});

it('knows a managed service that only another version has; a stack that is to come up has to have it', async () => {
  const composeEnv = await writeAlerting(loaded, { factor: 10, outDir });
  const model = await resolveModel(loaded, { composeEnv });
  const coming = { port: 8080, readiness: '/readyz' };
  const next = { ...loaded, config: { ...loaded.config, managed: { ...loaded.config.managed, coming } } };
  await expect(resolveModel(next, { composeEnv })).rejects.toMatchObject({ code: 'unknown-service' });
  expect(await resolveVersion(next, { composeEnv })).toMatchObject({ model, managed: loaded.config.managed });
});
