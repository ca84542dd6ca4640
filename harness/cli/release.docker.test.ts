import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { LineOf } from '../contract/observation';
import { engine } from '../docker/client';
import { containerOf, listContainers } from '../docker/containers';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(300_000);

const QUICK = ['--strategy', 'blue-green', '--rise', '50', '--min-ready', '0.5', '--warmup', '20', '--window', '0.2'];
const STEPS = [...QUICK, '--bake', '0.5', '--load', ...CONFIG];

/** Asks the next one, and says who answered on the way. */
const SERVER = `
const http = require('node:http');
const { NEXT, FAIL, VERSION } = process.env;
const agent = new http.Agent({ keepAlive: true, timeout: 10000 });
const server = http.createServer((request, response) => {
  const end = (status, text) => { response.statusCode = status; response.end(text); };
  if (request.url === '/readyz') return end(200, 'ready');
  if (Math.random() < Number(FAIL || 0)) return end(500, 'broken');
  if (!NEXT) return end(200, VERSION);
  const headers = { 'x-request-id': request.headers['x-request-id'] || 'none' };
  http.get(NEXT, { agent, headers }, (answer) => {
    let text = '';
    answer.on('data', (part) => (text += part));
    answer.on('end', () => end(answer.statusCode, VERSION + ' ' + text));
  }).on('error', () => end(502, 'nobody'));
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
const CHAIN = ['web', 'middle', 'end'];

/** A chain of managed services behind a migration, a cache, and one that is gone in N+1, where another one is new. */
function compose(port: number, version: '1' | '2', failing?: string): string {
  const node = { image: IMAGE, init: true };
  const environment = { VERSION: version };
  const idle = { ...node, entrypoint: ['sleep', '3600'], environment, stop_grace_period: '1s' };
  const chain = CHAIN.map((service, index) => {
    const next = CHAIN[index + 1];
    const more = {
      ...(next === undefined ? {} : { NEXT: `http://${next}:8080/` }),
      ...(service === failing ? { FAIL: '0.5' } : {}),
    };
    const waits = next === undefined ? { migrate: { condition: 'service_completed_successfully' } } : {};
    return [
      service,
      {
        ...{ ...node, entrypoint: ['node', '-e', SERVER], environment: { ...environment, ...more } },
        depends_on: { ...waits, ...(next === undefined ? {} : { [next]: { condition: 'service_started' } }) },
        ...(index === 0 ? { ports: [`127.0.0.1:${port}:8080`] } : {}),
      },
    ] as const;
  });
  const migrate = {
    ...node,
    entrypoint: ['node', '-e', 'console.log("migrated to", process.env.VERSION)'],
    environment,
  };
  const other = version === '1' ? { old: idle } : { added: idle };
  return JSON.stringify({ services: { ...Object.fromEntries(chain), migrate, cache: idle, ...other } });
}

const config = `export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { ${CHAIN.map((service) => `${service}: { port: 8080, readiness: '/readyz' }`).join(', ')} },
  load: {
    service: 'web', port: 8080, ratePerSecond: 100,
    requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } },
  },
};
`;

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create({ config });
  writeFileSync(tiny.composePath, compose(tiny.port, '1'));
  writeFileSync(join(tiny.directory, 'next.yaml'), compose(tiny.port, '2'));
  writeFileSync(join(tiny.directory, 'bad.yaml'), compose(tiny.port, '2', 'web'));
  const up = tiny.run(['up', ...CONFIG]);
  expect([await up.exitCode(), up.errors]).toEqual([0, '']);
});

afterAll(() => tiny[Symbol.asyncDispose]());

async function run(...args: readonly string[]) {
  const command = tiny.run(args);
  return { exitCode: await command.exitCode(), said: `${command.stdout}${command.stderr}` };
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
    'start added: undone',
    'run migrate: kept',
    'replace cache: undone',
    'roll-out end: undone',
    'roll-out middle: undone',
    'roll-out web: undone',
    'retire old: not-begun',
  ]);
  expect(await tiny.ask()).toBe('1 1 1');
  expect(await running()).toEqual(['cache', 'end-r1', 'middle-r1', 'old', 'web-r1']);
  expect(await versionOf('cache')).toBe('1');
  const { sent = 0, lost = 0, failed = 0 } = requests() ?? {};
  expect(sent).toBeGreaterThan(100);
  const candidates = tiny.journal().flatMap((line) => (line.type === 'rollout-ended' ? [line.samples.to.errors] : []));
  expect(lost + failed).toBeLessThanOrEqual(candidates.reduce((sum, errors) => sum + errors, 0));
});

it('brings all that is good: everything new, nothing lost; and the records speak of it', async () => {
  const plan = await run('release', '--to', 'next.yaml', '--plan', ...QUICK, ...CONFIG);
  expect([plan.exitCode, plan.said]).toEqual([0, expect.stringMatching(/7 steps.*run migrate to its end/s)]);
  const { exitCode, said } = await run('release', '--to', 'next.yaml', ...STEPS);
  expect([exitCode, said]).toEqual([0, expect.stringContaining('released: started added, ran migrate')]);
  expect(await tiny.ask()).toBe('2 2 2');
  expect(await running()).toEqual(['added', 'cache', 'end-r3', 'middle-r3', 'web-r3']);
  expect(await versionOf('cache')).toBe('2');
  expect(requests()).toMatchObject({ lost: 0, failed: 0 });
  expect(ended()?.serves).toEqual({ end: 'end-r3', middle: 'middle-r3', web: 'web-r3' });
  const again = await run('release', '--to', 'next.yaml', ...QUICK, ...CONFIG);
  expect([again.exitCode, again.said]).toEqual([0, expect.stringContaining('unchanged')]);
  expect((await run('status', ...CONFIG)).said).not.toContain('edited since it came up');
});
