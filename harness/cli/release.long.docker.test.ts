import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { LineOf } from '../contract/observation';
import { engine } from '../docker/client';
import { containerOf, listContainers } from '../docker/containers';
import { ChainProject } from './testing/chain';
import { CONFIG, IMAGE, type TinyProject } from './testing/tiny-project';

jest.setTimeout(600_000);

/** A release of a few services is done in half a minute on an idle machine, and has this long on a busy one, ms. */
const DONE_MS = 280_000;

const QUICK = ['--strategy', 'blue-green', '--rise', '50', '--min-ready', '0.5', '--warmup', '20', '--window', '0.2'];
const STEPS = [...QUICK, '--bake', '0.5', '--load', ...CONFIG];

const CHAIN = ['web', 'middle', 'end'];

let chain: ChainProject;
let tiny: TinyProject;

beforeAll(async () => {
  chain = await ChainProject.create({ services: CHAIN, odd: ['tail'] });
  tiny = chain.tiny;
  chain.write('next.yaml', { version: '2' });
  chain.write('bad.yaml', { version: '2', failing: { service: 'web', share: 0.5 } });
  const up = tiny.run(['up', ...CONFIG]);
  expect([await up.exitCode(), up.errors]).toEqual([0, '']);
});

afterAll(() => tiny[Symbol.asyncDispose]());

async function run(...args: readonly string[]) {
  const command = tiny.run(args);
  return { exitCode: await command.exitCode(DONE_MS), said: `${command.stdout}${command.stderr}` };
}

const ended = () => tiny.journal().find((line): line is LineOf<'release-ended'> => line.type === 'release-ended');

/** Requests of the whole run, from its summary's facts. */
function requests() {
  const finished = tiny.journal().findLast((line) => line.type === 'scenario-finished');
  return finished?.type === 'scenario-finished' ? finished.facts.requests : undefined;
}

async function versionOf(service: string): Promise<string | undefined> {
  const { id } = await containerOf(tiny.project, service);
  const { Config } = await engine().getContainer(id).inspect();
  return Config.Env.find((line) => line.startsWith('VERSION='))?.slice('VERSION='.length);
}

const running = async () =>
  (await listContainers({ project: tiny.project, all: false }))
    .filter(({ role }) => role === 'revision' || role === 'plain')
    .map(({ composeService }) => composeService)
    .sort();

it('goes back wholly when the third service is bad: all old, and nothing lost but what the candidate failed', async () => {
  const { exitCode, said } = await run('release', '--to', 'bad.yaml', ...STEPS);
  expect([exitCode, said]).toEqual([1, expect.stringContaining('cannot be undone: migrate')]);
  expect(ended()?.steps.map(({ kind, service, state }) => `${kind} ${service}: ${state}`)).toEqual([
    'start even: undone',
    'run migrate: kept',
    'replace cache: undone',
    'roll-out end: undone',
    'roll-out middle: undone',
    'roll-out web: undone',
    'retire tail: not-begun',
    'retire odd: not-begun',
  ]);
  expect(await tiny.ask()).toBe('1 1 1 1');
  expect(await running()).toEqual(['cache', 'end-r1', 'middle-r1', 'odd', 'tail-r1', 'web-r1']);
  expect(await versionOf('cache')).toBe('1');
  const { sent = 0, lost = 0, failed = 0 } = requests() ?? {};
  expect(sent).toBeGreaterThan(100);
  const candidates = tiny.journal().flatMap((line) => (line.type === 'rollout-ended' ? [line.samples.to.errors] : []));
  expect(lost + failed).toBeLessThanOrEqual(candidates.reduce((sum, errors) => sum + errors, 0));
});

it('brings all that is good: everything new, nothing lost; and the records speak of it', async () => {
  const plan = await run('release', '--to', 'next.yaml', '--plan', ...QUICK, ...CONFIG);
  expect([plan.exitCode, plan.said]).toEqual([0, expect.stringMatching(/8 steps.*run migrate to its end/s)]);
  const { exitCode, said } = await run('release', '--to', 'next.yaml', ...STEPS);
  expect([exitCode, said]).toEqual([0, expect.stringContaining('released: started even, ran migrate')]);
  expect(await tiny.ask()).toBe('2 2 2');
  expect(await running()).toEqual(['cache', 'end-r3', 'even', 'middle-r3', 'web-r3']);
  expect(await versionOf('cache')).toBe('2');
  expect(requests()).toMatchObject({ lost: 0, failed: 0 });
  expect(ended()?.serves).toEqual({ end: 'end-r3', middle: 'middle-r3', web: 'web-r3' });
  expect((await run('status', ...CONFIG)).said).not.toContain('edited since it came up');
});

it('takes a new managed service away again with everything that came with it, when the release fails', async () => {
  chain.write('bad.yaml', { version: '3', failing: { service: 'web', share: 0.5 } });
  const { exitCode, said } = await run('release', '--to', 'bad.yaml', ...STEPS);
  expect([exitCode, said]).toEqual([1, expect.stringContaining('start tail, which is new')]);
  expect(ended()?.steps.find(({ service }) => service === 'tail')).toEqual({
    ...{ kind: 'start', service: 'tail', state: 'undone' },
  });
  expect(await tiny.ask()).toBe('2 2 2');
  expect(await running()).toEqual(['cache', 'end-r3', 'even', 'middle-r3', 'web-r3']);
  const left = (await tiny.traces()).filter((name) => name.includes('tail'));
  expect(left).toEqual([]);
});

it('starts a new managed service, with a front, before who asks it; the next command deploys to it', async () => {
  chain.write('next.yaml', { version: '3' });
  const { exitCode, said } = await run('release', '--to', 'next.yaml', ...STEPS);
  expect([exitCode, said]).toEqual([0, expect.stringContaining('released: started odd, ran migrate, started tail')]);
  expect(await tiny.ask()).toBe('3 3 3 3');
  expect(requests()).toMatchObject({ lost: 0, failed: 0 });
  expect(await running()).toEqual(['cache', 'end-r5', 'middle-r5', 'odd', 'tail-r1', 'web-r5']);
  const again = await run('release', '--to', 'next.yaml', ...QUICK, ...CONFIG);
  expect([again.exitCode, again.said]).toEqual([0, expect.stringContaining('unchanged')]);
  const deployed = await run('deploy', 'tail', '--image', IMAGE, '--redeploy', ...STEPS);
  expect([deployed.exitCode, deployed.said]).toEqual([0, expect.stringContaining('tail-r2 serves everything')]);
  expect(requests()).toMatchObject({ lost: 0, failed: 0 });
});
