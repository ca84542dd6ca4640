import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { withoutHook } from '../delivery/pipeline/git';
import { listContainers } from '../docker/containers';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(600_000);

/** A release of a few services is done in half a minute on an idle machine, and has this long on a busy one, ms. */
const DONE_MS = 280_000;

const HARNESS = JSON.stringify(join(__dirname, '..', 'index'));
const QUICK = { riseToDetect: 0.5, minReadyMs: 500, bakeMs: 500, windowMs: 200, warmupRequests: 20 };
const WORDS = ['--strategy', 'blue-green', '--rise', '50', '--min-ready', '0.5', '--warmup', '20', '--window', '0.2'];
const RELEASE = ['release', ...WORDS, '--bake', '0.5', ...CONFIG];

/** A version differs in what stands in files alone: the program that is mounted, and an image's tag. */
const program = (version: string) => `
const server = require('node:http').createServer((_request, response) => response.end('${version}'));
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const tag = (version: string) => `rollproof-test/refs:${version}`;

let tiny: TinyProject;

const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: tiny.directory, env: withoutHook() });

function commit(version: string): void {
  const mounted = { type: 'bind', source: './server.js', target: '/server.js', read_only: true };
  const web = {
    ...{ image: tag(version), init: true, entrypoint: ['node', '/server.js'], volumes: [mounted] },
    ports: [`127.0.0.1:${tiny.port}:8080`],
  };
  writeFileSync(tiny.composePath, JSON.stringify({ services: { web } }));
  writeFileSync(join(tiny.directory, 'server.js'), program(version));
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', version);
  git('tag', version);
}

beforeAll(async () => {
  const scenario = `import { blueGreen, scenario } from ${HARNESS};
const strategy = blueGreen(${JSON.stringify(QUICK)});
scenario('goes from one ref to another', async ({ load, release, expect }) => {
  await using traffic = await load.steady();
  const error = await release({ from: { ref: 'v2' }, to: { ref: 'v1' }, strategy }).catch((thrown) => thrown);
  expect([error.code, error.message]).toEqual(['release-unfit', expect.stringContaining('web differ')]);
  await using begun = await release({ from: { ref: 'v1' }, to: { ref: 'v2' }, strategy });
  const result = await begun.ended();
  await traffic.stop();
  expect(result).toHaveBeenReleased();
  expect(result.serves).toEqual({ web: 'web-r2' });
  expect(traffic).toHaveLostNoRequests();
});
`;
  tiny = await TinyProject.create();
  writeFileSync(join(tiny.directory, 'scenario.ts'), scenario);
  writeFileSync(join(tiny.directory, '.gitignore'), 'reports/\n.rollproof/\nledger.ndjson\n');
  for (const version of ['v1', 'v2']) execFileSync('docker', ['tag', IMAGE, tag(version)]);
  git('init', '--quiet', '--initial-branch', 'main');
  commit('v1');
  commit('v2');
  git('checkout', '--quiet', 'v1');
});

afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
  for (const version of ['v1', 'v2']) execFileSync('docker', ['rmi', tag(version)]);
});

async function run(...args: readonly string[]) {
  const command = tiny.run(args);
  return { exitCode: await command.exitCode(DONE_MS), said: `${command.stdout}${command.stderr}` };
}

it('takes the project from a git ref that has to run to another one, in a scenario', async () => {
  const { exitCode, said } = await run('start', 'scenario.ts', ...CONFIG);
  expect([exitCode, said]).toEqual([0, expect.stringContaining('goes from one ref to another')]);
});

it('brings what a ref has, files that are mounted too, and goes back to the ref before', async () => {
  const up = await run('up', ...CONFIG);
  expect([up.exitCode, await tiny.ask()]).toEqual([0, 'v1']);
  const plan = await run(...RELEASE, '--to-ref', 'v2', '--plan');
  expect([plan.exitCode, plan.said]).toEqual([0, expect.stringContaining('changed: definition.service.volumes')]);
  const there = await run(...RELEASE, '--to-ref', 'v2', '--load');
  expect([there.exitCode, there.said]).toEqual([0, expect.stringContaining('released: rolled out web')]);
  expect(await tiny.ask()).toBe('v2');
  // What runs does not hang on the working copy, which is at another version all the time.
  const again = await run(...RELEASE, '--to-ref', 'v2');
  expect([again.exitCode, again.said]).toEqual([0, expect.stringContaining('unchanged')]);
  const back = await run(...RELEASE, '--to-ref', 'v1', '--load');
  expect([back.exitCode, await tiny.ask()]).toEqual([0, 'v1']);
  const running = await listContainers({ project: tiny.project, role: 'revision', all: false });
  expect(running.map(({ composeService }) => composeService)).toEqual(['web-r3']);
});

it('names a ref that is not there, before anything changes', async () => {
  const { exitCode, said } = await run(...RELEASE, '--to-ref', 'v9');
  expect([exitCode, said]).toEqual([2, expect.stringContaining('has no commit v9')]);
});
