import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import { MemoryJournal, readJournal } from '../contract/journal';
import type { JournalLine, LineOf } from '../contract/observation';
import { poll } from '../core/poll';
import { historyPath, openRolloutHistory } from '../delivery/rollout-history';
import { openLoad } from '../load/load';
import { storeOf } from './testing/after-a-crash';
import type { Command } from './testing/command';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(480_000);

const SERVICES = ['web', 'back'] as const;
const SERVER = `
const server = require('node:http').createServer((request, response) => response.end(process.env.ROLLPROOF_REVISION));
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

let tiny: TinyProject;
afterEach(() => tiny[Symbol.asyncDispose]());

/** Two managed services, each published, that know nothing of each other. */
async function bringUp(): Promise<Record<(typeof SERVICES)[number], number>> {
  const other = await TinyProject.create();
  const ports = { web: 0, back: other.port };
  await other[Symbol.asyncDispose]();
  tiny = await TinyProject.create({ managed: SERVICES, compose: 'services: {}' });
  ports.web = tiny.port;
  const service = (name: keyof typeof ports) => ({
    ...{ image: IMAGE, init: true, entrypoint: ['node', '-e', SERVER] },
    ports: [`127.0.0.1:${ports[name]}:8080`],
  });
  writeFileSync(tiny.composePath, JSON.stringify({ services: { web: service('web'), back: service('back') } }));
  expect(await tiny.run(['up', ...CONFIG]).exitCode(180_000)).toBe(0);
  return ports;
}

const QUICK = [
  '--steps',
  '50,100',
  '--rise',
  '20',
  '--min-ready',
  '1',
  '--warmup',
  '20',
  '--window',
  '0.5',
  '--bake',
  '2',
];
const deploy = (service: string, ...more: readonly string[]) =>
  tiny.run(['deploy', service, '--image', IMAGE, '--redeploy', ...QUICK, ...more, ...CONFIG]);

/** Stays at half of the traffic until somebody resumes it. */
const pausing = (service: string) =>
  tiny.run([
    ...['deploy', service, '--image', IMAGE, '--redeploy', '--steps', '50:pause,100'],
    ...[...QUICK.slice(2), ...CONFIG],
  ]);

async function resume(service: string): Promise<void> {
  const resumed = tiny.run(['resume', service, ...CONFIG]);
  expect(await resumed.exitCode()).toBe(0);
}

function journals(): JournalLine[][] {
  return tiny.runs().map((run) => {
    try {
      return readJournal(join(tiny.directory, 'reports', run, 'journal.ndjson'));
    } catch {
      return [];
    }
  });
}
const rolloutsOf = (service: string) =>
  journals()
    .flat()
    .filter((line): line is LineOf<'rollout'> => line.type === 'rollout' && line.service === service);

async function reached(service: string, isThere: (line: LineOf<'rollout'>) => boolean): Promise<LineOf<'rollout'>> {
  return poll(() => rolloutsOf(service).find(isThere), {
    condition: `the rollout of ${service} has come so far`,
    timeoutMs: 90_000,
    intervalMs: 50,
  });
}

async function said(command: Command): Promise<string> {
  const code = await command.exitCode(240_000);
  return `exit ${code}\n${command.stdout}\n${code === 0 ? '' : command.stderr}`;
}

const load = (port: number, name: string) =>
  openLoad({
    configPath: tiny.configPath,
    baseUrl: `http://127.0.0.1:${port}`,
    ratePerSecond: 40,
    seed: name,
    ledgerPath: join(tiny.directory, `${name}.ndjson`),
    journal: new MemoryJournal(),
  });
const history = (service: string) =>
  openRolloutHistory(historyPath(join(tiny.directory, '.rollproof', tiny.project)), 'test').list(service);

it('rolls two services out at once from two commands: both promoted, nothing lost, each record whole; a second of one waits', async () => {
  const ports = await bringUp();
  await using onWeb = await load(ports.web, 'web');
  await using onBack = await load(ports.back, 'back');
  const web = pausing('web');
  const back = pausing('back');
  for (const service of SERVICES) await reached(service, ({ state }) => state === 'Holding');
  // One rollout at a time per service: refused, or waited for.
  const refused = deploy('web');
  expect(await refused.exitCode()).toBe(2);
  expect(refused.errors).toMatch(/web of project \S+ is held by "npm run rollproof -- deploy web .*--wait/s);
  const down = tiny.run(['down', '--project', tiny.project]);
  expect(await down.exitCode()).toBe(2);
  const waiting = deploy('web', '--wait', '4m');
  await poll(() => (waiting.stderr.includes('waiting until nobody else changes web') ? true : undefined), {
    condition: 'the second rollout waits',
    timeoutMs: 60_000,
  });
  for (const service of SERVICES) await resume(service);
  expect(await said(web)).toMatch(/^exit 0\npromoted: web-r2/);
  expect(await said(back)).toMatch(/^exit 0\npromoted: back-r2/);
  expect(await said(waiting)).toMatch(/^exit 0\npromoted: web-r3/);
  const spans = SERVICES.map((service) => {
    const [first] = history(service);
    return { startedAtMs: first?.startedAtMs ?? 0, endedAtMs: first?.endedAtMs ?? 0 };
  });
  // They were under way at once.
  expect(Math.max(...spans.map(({ startedAtMs }) => startedAtMs))).toBeLessThan(
    Math.min(...spans.map(({ endedAtMs }) => endedAtMs)),
  );
  const lost = [await onWeb.stop(), await onBack.stop()].map(({ reasons }) => reasons);
  expect(lost).toEqual([{}, {}]);
  expect(
    storeOf(tiny)
      .list()
      .map(({ label, status, rollout }) => [label, status, rollout]),
  ).toEqual([
    ['back-r1', 'retired', undefined],
    ['back-r2', 'stable', undefined],
    ['web-r1', 'retired', undefined],
    ['web-r2', 'retired', undefined],
    ['web-r3', 'stable', undefined],
  ]);
  expect(history('web').map(({ outcome, to }) => [outcome, to])).toEqual([
    ['promoted', 'web-r2'],
    ['promoted', 'web-r3'],
  ]);
  expect(await tiny.running()).toEqual(['back', 'back-r2', 'keeper', 'web', 'web-r3']);
});

it('leaves the rollout of one service alone when the controller of another is killed, and its recovery waits for nobody', async () => {
  const ports = await bringUp();
  await using onWeb = await load(ports.web, 'web');
  await using onBack = await load(ports.back, 'back');
  const back = pausing('back');
  await reached('back', ({ state }) => state === 'Holding');
  const web = deploy('web', '--step', '60');
  await reached('web', ({ weight }) => weight === 50);
  web.kill('SIGKILL');
  await web.exitCode();
  // Another command on that service: the rollout that was cut off goes back, while the other one is under way.
  const again = tiny.run(['retry', 'web', ...CONFIG]);
  expect(await said(again)).toMatch(/^exit 0\npromoted: web-r3/);
  expect(again.stderr).toContain('ended a rollout that was cut off: rolled back');
  expect(back.hasEnded).toBe(false);
  expect(rolloutsOf('back').at(-1)).toMatchObject({ state: 'Holding', weight: 50 });
  await resume('back');
  expect(await said(back)).toMatch(/^exit 0\npromoted: back-r2/);
  expect(history('back').map(({ outcome }) => outcome)).toEqual(['promoted']);
  const [first, second] = history('web');
  expect([first?.outcome, first?.cause, second?.outcome, second?.retries]).toEqual([
    ...['rolled-back', 'controller-died', 'promoted', first?.rollout],
  ]);
  const lost = [await onWeb.stop(), await onBack.stop()].map(({ reasons }) => reasons);
  expect(lost).toEqual([{}, {}]);

  // And straight back from there: the steps that ran, by the journal.
  const undo = tiny.run(['undo', 'web', '--to', '1', '--redeploy', '--bake', '30', ...CONFIG]);
  expect(await said(undo)).toMatch(/^exit 0\npromoted: web-r4/);
  const { rollout } = rolloutsOf('web').at(-1) ?? { rollout: '' };
  const ran = journals()
    .flat()
    .flatMap((line) => {
      const isStep = line.type === 'action' && line.rollout === rollout && line.phase === 'result';
      return isStep && 'step' in line.detail ? [line.action] : [];
    });
  expect(ran).toEqual(['start', 'ready', 'weight', 'recheck', 'accept', 'retire']);
  const nothing = tiny.run(['retry', 'web', '--json', ...CONFIG]);
  expect(await nothing.exitCode()).toBe(0);
  expect(JSON.parse(nothing.stdout)).toMatchObject({ verb: 'retry', nothing: expect.stringContaining('was promoted') });
});
