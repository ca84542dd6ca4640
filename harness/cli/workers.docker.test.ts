import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { listContainers } from '../docker/containers';
import type { Command } from './testing/command';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(240_000);

/** What is done within seconds on an idle machine has this long on a busy one. */
const DONE_MS = 60_000;

/** Handles a message every 20 ms, and says so; ends with the one in work. */
const CONSUMER = `
let ended = false;
process.on('SIGTERM', () => (ended = true));
const next = () => {
  console.log(JSON.stringify({ outcome: 'ack', took: 20 }));
  if (ended) process.exit(0);
  setTimeout(next, 20);
};
next();
`;

const SERVER = `require('node:http').createServer((request, response) => response.end('web')).listen(8080);`;

let tiny: TinyProject;

beforeAll(async () => {
  const service = (program: string) => ({ image: IMAGE, init: true, entrypoint: ['node', '-e', program] });
  const services = {
    web: { ...service(SERVER), ports: ['8080'] },
    pool: { ...service(CONSUMER), deploy: { replicas: 2 } },
    only: service(CONSUMER),
  };
  const harness = JSON.stringify(join(__dirname, '..', 'index'));
  tiny = await TinyProject.create({
    compose: JSON.stringify({ services }),
    config: `import { logOutcomes, worker } from ${harness};
const outcomes = logOutcomes({ field: 'outcome', tookMsField: 'took' });
export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { web: { port: 8080, readiness: '/' } },
  workers: { pool: worker({ outcomes }), only: worker({ outcomes, singleton: true }) },
  load: { service: 'web', port: 8080, ratePerSecond: 1, requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } } },
};
`,
  });
  const up = tiny.run(['up', ...CONFIG]);
  expect([await up.exitCode(), up.stderr]).toEqual([0, expect.any(String)]);
});

afterAll(() => tiny[Symbol.asyncDispose]());

const running = async (label: string) =>
  (await listContainers({ project: tiny.project, service: label, all: false })).length;

function redeploy(service: string, ...more: readonly string[]): Command {
  const judged = ['--rise', '10', '--window', '0.5', '--bake', '1'];
  return tiny.run(['deploy', service, '--image', IMAGE, '--redeploy', ...judged, ...more, ...CONFIG]);
}

it('gives the consumers back when the controller is killed with one of each, and ends the rollout with the next command', async () => {
  const command = redeploy('pool', '--steps', '50,100', '--step', '60');
  await tiny.awaitLine('one consumer of each is judged', (line) => {
    return line.type === 'rollout' && line.service === 'pool' && line.state === 'Analyzing' && line.weight === 50;
  });
  expect([await running('pool-r1'), await running('pool-r2')]).toEqual([1, 1]);
  command.kill('SIGKILL');
  await poll(async () => ((await running('pool-r1')) === 2 && (await running('pool-r2')) === 0 ? true : undefined), {
    condition: 'both consumers of stable run again, and no other',
    timeoutMs: DONE_MS,
  });
  const next = redeploy('pool', '--steps', '50,100');
  expect([await next.exitCode(), `${next.stdout}${next.stderr}`]).toEqual([0, expect.stringContaining('pool-r2')]);
  expect([await running('pool-r1'), await running('pool-r2'), await running('pool-r3')]).toEqual([0, 0, 2]);
});

it('never runs a singleton twice: the old one has ended before the new one begins', async () => {
  const command = redeploy('only', '--strategy', 'recreate');
  expect([await command.exitCode(), command.stderr]).toEqual([0, expect.any(String)]);
  const [old, now] = await Promise.all(
    ['only-r1', 'only-r2'].map(async (label) => {
      const [container] = await listContainers({ project: tiny.project, service: label });
      return (
        await engine()
          .getContainer(container?.id ?? '')
          .inspect()
      ).State;
    }),
  );
  // It ended by itself, with the message in work.
  expect(old).toMatchObject({ Running: false, ExitCode: 0 });
  expect(Date.parse(now?.StartedAt ?? '')).toBeGreaterThan(Date.parse(old?.FinishedAt ?? ''));
  const ended = tiny.journal().find((line) => line.type === 'rollout-ended');
  expect(ended).toMatchObject({ outcome: 'promoted', outages: [{ unserved: 0 }] });
});
