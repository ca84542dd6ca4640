import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CONFIG, IMAGE, TinyProject } from '../../cli/testing/tiny-project';
import type { JournalLine } from '../../contract/observation';
import { newId } from '../../core/ids';
import { listContainers, startContainer, stopContainer } from '../../docker/containers';
import { inspectImage, listTags, tagImage, untagImage } from '../../docker/images';
import { ensureRegistry, registryProject } from '../../docker/registry';
import { readSupply, supplied } from '../../docker/supply';
import { sweepProject } from '../../docker/sweep';
import { noted, testProject } from '../../docker/testing/test-projects';
import { openRevisionStore, revisionsPath } from '../revisions/revision-store';
import { BareRepository } from './testing/bare-repository';
import { integrationCommand, releaseFile, serviceFiles, type Release } from './testing/delivered-service';

jest.setTimeout(300_000);

/** Judged quickly: what is bad here is very bad. */
const STRATEGY = `canary({ steps: [50, 100], riseToDetect: 0.5, minReadyMs: 1_000, warmupRequests: 50, windowMs: 500, bakeMs: 1_000 })`;

const testcontainers = testProject('rp-pipeline-tests');
const base = `rollproof-pipeline-test/${newId('web')}:base`;

let tiny: TinyProject;
let bare: BareRepository;

beforeAll(async () => {
  bare = new BareRepository();
  // Equal to no commit of an earlier test, whose images may be there still.
  bare.commit({ ...serviceFiles(IMAGE), ...releaseFile({ name: 'base' }), 'unique.txt': newId('test') });
  execFileSync('docker', ['build', '--quiet', '--tag', base, bare.clone], { stdio: 'pipe' });
  tiny = await TinyProject.create({ config: configFile() });
  const web = { image: base, init: true, ports: [`127.0.0.1:${tiny.port}:8080`] };
  writeFileSync(tiny.composePath, JSON.stringify({ services: { web } }));
  noted(registryProject(tiny.project));
  await run('up', ...CONFIG);
  await run('pipeline', 'init', bare.directory, ...CONFIG);
});

afterAll(async () => {
  const ours = [await listTags('web:'), await listTags('127.0.0.1:')].flat().filter((tag) => tag.includes('web:'));
  const tags = [base, ...ours.filter((tag) => commits.some((commit) => tag.endsWith(`web:${commit.slice(0, 12)}`)))];
  await tiny[Symbol.asyncDispose]();
  await sweepProject(registryProject(tiny.project));
  await sweepProject(testcontainers);
  for (const tag of tags) await untagImage(tag);
  bare[Symbol.dispose]();
});

function configFile(): string {
  const harness = JSON.stringify(join(__dirname, '..', '..', 'index'));
  return `import { canary, defineStack } from ${harness};
export const config = defineStack({
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { web: { port: 8080, readiness: '/readyz' } },
  load: {
    service: 'web',
    port: 8080,
    ratePerSecond: 50,
    requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } },
  },
  pipeline: {
    unitTests: 'node --test unit.test.js',
    integrationTests: ${JSON.stringify(integrationCommand(testcontainers))},
    services: { web: {} },
    strategy: ${STRATEGY},
    load: true,
  },
});
`;
}

const commits: string[] = [];
/** Pushes a release, and waits for the pipeline. Returns its commit, and what was said to whoever pushed. */
function push(release: Release): { readonly commit: string; readonly said: string } {
  const commit = bare.commit(releaseFile(release), { push: false });
  commits.push(commit);
  return { commit, said: bare.push() };
}

async function run(...args: readonly string[]): Promise<string> {
  const command = tiny.run(args);
  const exitCode = await command.exitCode(250_000);
  if (exitCode === 0) return command.stdout;
  throw new Error(`${args.join(' ')} ended with ${exitCode}:\n${command.stdout}\n${command.stderr}`);
}

const stable = () => openRevisionStore(revisionsPath(join(tiny.directory, '.rollproof', tiny.project))).stable('web');
const lines = <Type extends JournalLine['type']>(type: Type) => tiny.journal().filter((line) => line.type === type);
const over = () =>
  lines('pipeline-stage').flatMap((line) =>
    line.type === 'pipeline-stage' && line.state !== 'started' ? [`${line.stage} ${line.state}`] : [],
  );
const registryOf = async (project: string) => {
  const [container] = await listContainers({ project: registryProject(project) });
  if (container === undefined) throw new Error(`${project} has no registry`);
  return container.id;
};
/** Names under which images of a commit stand on the Engine. */
const tagsOf = async (commit: string) =>
  [...(await listTags('web:')), ...(await listTags('127.0.0.1:'))].filter((tag) =>
    tag.endsWith(`web:${commit.slice(0, 12)}`),
  );

describe('a push', () => {
  it('comes to production by digest, and stays there when its tag moves', async () => {
    const { commit, said } = push({ name: 'one' });
    expect(said).toContain(`${commit.slice(0, 12)} is in production`);
    expect(over()).toEqual([
      ...['checkout passed', 'build skipped', 'unit-tests passed', 'image passed', 'integration-tests passed'],
      ...['push passed', 'deploy passed'],
    ]);
    const running = stable();
    expect(await tiny.ask()).toBe('one');
    expect(running?.image).toMatch(/^127\.0\.0\.1:\d+\/web@sha256:[0-9a-f]{64}$/);
    const built = await inspectImage(`web:${commit.slice(0, 12)}`);
    expect(running?.content).toBe(built?.content);
    for (const tag of await tagsOf(commit)) await tagImage(base, tag);
    expect((await inspectImage(running?.image ?? ''))?.content).toBe(built?.content);
    expect(await run('deploy', 'web', '--image', running?.image ?? '', ...CONFIG)).toContain('unchanged');
    const labels = execFileSync('docker', ['inspect', '--format', '{{json .Config.Labels}}', running?.image ?? '']);
    expect(JSON.parse(labels.toString())).toMatchObject({
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.created': '2026-01-02T03:04:05.000Z',
    });
  });

  it('of the same content is no release, and says so', async () => {
    const before = { number: stable()?.number, runs: tiny.runs().length };
    bare.commit({}, { push: false, at: '2026-02-02T02:02:02Z' });
    expect(bare.push()).toContain('unchanged: ');
    expect({ number: stable()?.number, runs: tiny.runs().length }).toEqual(before);
  });

  it('with a failing unit test is stopped there, with the test’s own words, and no image is built', async () => {
    const { commit, said } = push({ name: 'two', one: 3 });
    expect(said).toContain('was stopped at unit-tests; nothing was deployed');
    expect(said.indexOf('one and one are two')).toBeLessThan(said.indexOf('was stopped at unit-tests'));
    expect(over().at(-1)).toBe('unit-tests failed');
    expect(await tagsOf(commit)).toEqual([]);
  });

  it('with a failing integration test is stopped there, and nothing is pushed', async () => {
    const { commit, said } = push({ name: 'three', answer: '40 + 1' });
    expect(said).toContain('was stopped at integration-tests; nothing was deployed');
    expect(await tagsOf(commit)).toEqual([`web:${commit.slice(0, 12)}`]);
    expect(await listContainers({ project: testcontainers })).toEqual([]);
  });
});

describe('a registry that is down', () => {
  const elsewhere = testProject('rp-pipeline-registry');

  it('stops a push with its name; the stage alone succeeds when it is back, and what was tested is deployed', async () => {
    // One that the configuration names is nobody's to start.
    const address = await ensureRegistry(elsewhere, supplied(readSupply(), 'registry'));
    const container = await registryOf(elsewhere);
    await stopContainer(container, 1_000);
    const own = readFileSync(tiny.configPath, 'utf8');
    writeFileSync(
      tiny.configPath,
      own.replace('services: { web: {} },', `services: { web: {} }, registry: '${address}',`),
    );
    try {
      const { commit, said } = push({ name: 'four' });
      expect(said).toContain('was stopped at push; nothing was deployed');
      expect(said).toContain(`${address} does not answer`);
      await startContainer(container);
      expect(await run('pipeline', 'retry', '--stage', 'push', ...CONFIG)).toContain('is through push');
      expect(over()).toEqual(['push passed']);
      expect(await run('pipeline', 'retry', ...CONFIG)).toContain(`${commit.slice(0, 12)} is in production`);
      expect(over()).toEqual(['deploy passed']);
      expect(stable()?.image).toContain(`${address}/web@sha256:`);
    } finally {
      writeFileSync(tiny.configPath, own);
      await sweepProject(registryProject(elsewhere));
    }
  });

  it('does not keep anybody from going back: the old image is here', async () => {
    await stopContainer(await registryOf(tiny.project), 1_000);
    const before = stable();
    await run(
      'undo',
      'web',
      '--load',
      '--steps',
      '50,100',
      '--rise',
      '50',
      '--min-ready',
      '1',
      '--bake',
      '1',
      ...CONFIG,
    );
    expect(stable()?.content).not.toBe(before?.content);
    expect(await tiny.ask()).toBe('one');
  });
});

describe('a release that passes every test and is bad in production', () => {
  it('is rolled back, and its commit is marked', async () => {
    const before = stable();
    const { commit, said } = push({ name: 'five', errors: 0.5 });
    expect(said).toContain(`${commit.slice(0, 12)} was rolled back in production; your stack stayed up`);
    expect(stable()?.content).toBe(before?.content);
    expect(bare.git(['log', '-1', '--notes=rollproof', '--format=%N', commit])).toMatch(/^rolled back in production: /);
    expect(over().at(-1)).toBe('deploy failed');
    const reports = join(tiny.directory, 'reports', 'latest', 'deploy', 'latest', 'report.html');
    expect(existsSync(reports)).toBe(true);
  });
});
