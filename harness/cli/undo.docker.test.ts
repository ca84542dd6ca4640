import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { projectRepository } from '../core/image-names';
import { newId } from '../core/ids';
import { containerOf, removeContainer } from '../docker/containers';
import { inspectImage, listTags, untagImage } from '../docker/images';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(300_000);

const QUICK = [
  '--steps',
  '50,100',
  '--rise',
  '50',
  '--min-ready',
  '1',
  '--warmup',
  '50',
  '--window',
  '0.5',
  '--bake',
  '1',
];
const STEPS = [...QUICK, '--load', ...CONFIG];

/** One tag for all builds, as a team that always says `latest` has. */
const TAG = `rollproof-undo-test/${newId('web')}:latest`;
/** Marks what `docker image prune` may take, so that it takes nothing of anybody else's. */
const MARK = { name: 'rollproof.test', value: newId('undo') };

const SERVER = `
const answer = process.env.ANSWER + ' ' + process.env.MODE;
const server = require('node:http').createServer((request, response) => response.end(answer));
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create();
});

afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
  await untagImage(TAG);
});

function build(answer: string): void {
  const dockerfile = `FROM ${IMAGE}\nLABEL ${MARK.name}=${MARK.value}\nENV ANSWER=${answer}\n`;
  execFileSync('docker', ['build', '--quiet', '--tag', TAG, '-'], { input: dockerfile, stdio: 'pipe' });
}

function writeCompose(mode: string): void {
  const web = {
    image: TAG,
    entrypoint: ['node', '-e', SERVER],
    environment: { MODE: mode },
    ports: [`127.0.0.1:${tiny.port}:8080`],
    volumes: ['uploads:/uploads'],
  };
  writeFileSync(tiny.composePath, JSON.stringify({ services: { web }, volumes: { uploads: {} } }));
}

async function run(...args: readonly string[]): Promise<string> {
  const command = tiny.run(args);
  const exitCode = await command.exitCode();
  if (exitCode !== 0)
    throw new Error(`${args.join(' ')} ended with ${exitCode}:\n${command.stdout}\n${command.stderr}`);
  return command.stdout;
}
const deploy = () => run('deploy', 'web', '--image', TAG, ...STEPS);
const undo = () => run('undo', 'web', ...STEPS);

it('goes back to the old image after its tag has moved, its containers were removed and dangling images pruned', async () => {
  build('one');
  writeCompose('A');
  await run('up', ...CONFIG);
  expect(await tiny.ask()).toBe('one A');

  const first = await inspectImage(TAG);
  build('two');
  await deploy();
  expect(await tiny.ask()).toBe('two A');

  await removeContainer((await containerOf(tiny.project, 'web-r1')).id);
  execFileSync('docker', ['image', 'prune', '--force', '--filter', `label=${MARK.name}=${MARK.value}`]);
  expect(await inspectImage(first?.id ?? '')).toEqual(first);
  await undo();
  expect(await tiny.ask()).toBe('one A');
});

it('takes a rebuild with equal content for no release', async () => {
  await deploy();
  build('two');
  expect(await deploy()).toContain('unchanged');
  expect(await tiny.ask()).toBe('two A');
});

it('goes back to the old definition after the compose file was edited', async () => {
  writeCompose('B');
  expect(await run('status', ...CONFIG)).toContain('edited since it came up: web;');
  await deploy();
  expect(await tiny.ask()).toBe('two B');
  await undo();
  expect(await tiny.ask()).toBe('two A');
  const status = await run('status', ...CONFIG);
  expect(status).toContain('edited since it came up: web;');
  expect(status).toContain('volume uploads has two writers while web is rolled out');
  expect(tiny.journal()).toContainEqual(
    expect.objectContaining({ type: 'note', detail: { service: 'web', volume: 'uploads' } }),
  );
});

it('keeps none of its tags once the stack is down', async () => {
  const ours = () => listTags(projectRepository(tiny.project));
  expect((await ours()).length).toBeGreaterThan(1);
  await run('down', '--project', tiny.project);
  expect(await ours()).toEqual([]);
  expect(await inspectImage(TAG)).toBeDefined();
});
