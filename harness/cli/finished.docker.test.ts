import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { runAll } from '../core/errors';
import { listContainers } from '../docker/containers';
import type { Summary } from '../contract/summary';
import type { Command } from './testing/command';
import { CONFIG, TinyProject } from './testing/tiny-project';

/** Generous: two stacks come up side by side, perhaps on a busy machine. */
jest.setTimeout(240_000);

const START = ['start', 'scenario.ts', ...CONFIG];

const PASSING = `
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 1_000 });
  await traffic.stop();
  expect(traffic).toHaveLostNoRequests();`;
const FAILING = `${PASSING}
  expect('the new revision').toBe('served');`;

let kept: TinyProject;
let failed: TinyProject;
let keeping: Command;
let losing: Command;

beforeAll(async () => {
  kept = await TinyProject.create();
  kept.scenario(PASSING);
  keeping = kept.run([...START, '--keep']);
  failed = await TinyProject.create();
  failed.scenario(FAILING);
  losing = failed.run(START);
});

afterAll(() => runAll([kept, failed].map((tiny) => () => tiny[Symbol.asyncDispose]())));

function summaryOf(tiny: TinyProject): Summary {
  return JSON.parse(readFileSync(join(tiny.directory, 'reports', 'latest', 'summary.json'), 'utf8')) as Summary;
}

it('ends with 0, the verdict and its report, and leaves a kept stack up until it is told to remove it', async () => {
  expect(await keeping.exitCode()).toBe(0);
  expect(keeping.stdout.trim()).toMatch(/^\/.+\/reports\/\d{8}-\d{6}-[0-9a-f]{4}\/report\.html$/);
  expect(keeping.stderr).toContain(`http://127.0.0.1:${kept.port}`);
  expect(kept.hasReport()).toBe(true);
  expect(summaryOf(kept)).toMatchObject({ verdict: 'passed', counts: { passed: 1, failed: 0 } });
  const containers = await listContainers({ project: kept.project });
  const running = containers.filter(({ state }) => state === 'running');
  const names = running.map(({ composeService, role }) => (composeService === '' ? role : composeService));
  expect(names.sort()).toEqual(['back', 'keeper', 'web', 'web-r1']);

  expect(await kept.run(['down', '--project', kept.project]).exitCode()).toBe(0);
  expect(await kept.traces()).toEqual([]);
});

it('ends with 1 when a scenario failed, says which and why, and leaves nothing', async () => {
  expect(await losing.exitCode()).toBe(1);
  expect(losing.stdout.trim()).toMatch(/^\/.+\/report\.html$/);
  expect(summaryOf(failed)).toMatchObject({
    verdict: 'failed',
    counts: { passed: 0, failed: 1 },
    scenarios: [{ title: 'a scenario', verdict: 'failed', reason: expect.stringContaining('the new revision') }],
  });
  expect(await failed.traces()).toEqual([]);
});
