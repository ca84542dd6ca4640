import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readJournal } from '../../contract/journal';
import { HarnessError, isHarnessError } from '../../core/errors';
import { poll } from '../../core/poll';
import type { StageName } from '../../contract/lines/pipeline';
import type { PipelinePorts } from '../../delivery/pipeline/ports';
import { BareRepository } from '../../delivery/pipeline/testing/bare-repository';
import { FakeWorld } from '../../delivery/pipeline/testing/fake-ports';
import { acquireLock } from '../../project/lock';
import { loadConfigFile } from '../../contract/config-file';
import { retryPipeline, runPush } from './run';
import type { PipelineParts } from './parts';

// Real processes of git, with room for a busy machine.
jest.setTimeout(60_000);

const CONFIG = `
export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { orders: { port: 8080, readiness: '/' } },
  load: { service: 'orders', port: 8080, ratePerSecond: 1, requests: {} },
  pipeline: { unitTests: 'npm test', services: { orders: {} } },
};
`;

let bare: BareRepository;
let world: FakeWorld;
let said: string[];
let serving: string | undefined;
let abort: AbortController;
let before: string;

beforeEach(() => {
  [bare, world, said, serving, abort] = [new BareRepository(), new FakeWorld(), [], undefined, new AbortController()];
  const directory = join(bare.root, 'stack');
  mkdirSync(directory);
  writeFileSync(join(directory, 'rollproof.config.ts'), CONFIG);
  // State and reports stay where a command was started.
  before = process.cwd();
  process.chdir(directory);
});
afterEach(() => {
  process.chdir(before);
  bare[Symbol.dispose]();
});

/** The real repository; nothing else is real. */
const parts: PipelineParts = {
  preflight: async () => ({ version: '26.1.5', apiVersion: '1.45' }),
  ports: (_loaded, repository) => ({ ...world.ports, repository, serving: () => serving }),
};

const common = () => ({
  ...{ configPath: 'rollproof.config.ts', rerun: 'rollproof pipeline', signal: abort.signal },
  progress: { step: (text: string) => void said.push(text) },
});
const push = (commit?: string) =>
  runPush({ ...common(), repository: bare.directory, ...(commit === undefined ? {} : { commit }) }, parts);
const retry = (stage?: StageName) => retryPipeline({ ...common(), ...(stage === undefined ? {} : { stage }) }, parts);
const deployed = () => world.did.filter((what) => what.startsWith('deploy'));
const latest = (file: string) => readFileSync(join('reports', 'latest', file), 'utf8');

describe('a push', () => {
  it('is one run, whose journal, report and summary tell of each stage', async () => {
    const id = bare.commit({ 'package.json': '{}' });
    const result = await push();
    expect(result).toMatchObject({
      outcome: 'deployed',
      summary: { verdict: 'passed', headline: `${id.slice(0, 12)} is in production` },
    });
    expect(result.summary?.pipeline?.stages.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      ...['checkout passed', 'build skipped', 'unit-tests passed', 'image passed', 'integration-tests skipped'],
      ...['push passed', 'deploy passed'],
    ]);
    expect(readJournal(join('reports', 'latest', 'journal.ndjson')).at(-1)).toMatchObject({ verdict: 'passed' });
    expect(latest('report.html')).toContain(`Pipeline of ${id.slice(0, 12)}`);
    expect(said).toContain('✓ unit-tests');
  });

  it('to another branch is nothing to it', async () => {
    const repository = bare.directory;
    bare.commit({ a: 'a' });
    const result = await runPush({ ...common(), repository, ref: 'refs/heads/other' }, parts);
    expect(result).toMatchObject({ outcome: 'not-ours', reason: expect.stringContaining('refs/heads/other') });
    expect(existsSync('reports')).toBe(false);
  });

  it('of the content that is in production says so, does nothing, and leaves no run', async () => {
    bare.commit({ a: 'a' });
    await push();
    serving = world.images.get([...world.images.keys()].find((name) => name.startsWith('orders:')) ?? '');
    world.did.length = 0;
    expect(await push()).toMatchObject({ outcome: 'unchanged' });
    bare.commit({}, { at: '2026-06-06T06:06:06Z' });
    expect(await push()).toMatchObject({
      outcome: 'unchanged',
      reason: expect.stringContaining('nothing is to be done'),
    });
    expect(world.did).toEqual([]);
    expect(readdirSync('reports').filter((name) => name !== 'latest')).toHaveLength(1);
    bare.commit({ a: 'b' });
    expect(await push()).toMatchObject({ outcome: 'deployed' });
  });

  it('that waits for another pipeline goes on when that ends', async () => {
    bare.commit({ a: 'a' });
    const { stateDirectory, project } = await loadConfigFile('rollproof.config.ts');
    const lock = acquireLock({ path: join(stateDirectory, 'pipeline.lock'), project, command: 'another' });
    const running = push();
    await poll(() => said.find((text) => text.startsWith('waiting for its turn')), {
      condition: 'it waits',
      timeoutMs: 20_000,
    });
    expect(world.did).toEqual([]);
    lock[Symbol.dispose]();
    expect(await running).toMatchObject({ outcome: 'deployed' });
  });

  it('keeps its turn until it has ended, and a retry does', async () => {
    bare.commit({ a: 'a' });
    const { stateDirectory, project } = await loadConfigFile('rollproof.config.ts');
    const another = { path: join(stateDirectory, 'pipeline.lock'), project, command: 'another' };
    const held: string[] = [];
    const shell: PipelinePorts['shell'] = async (...asked) => {
      try {
        acquireLock(another)[Symbol.dispose]();
        held.push('nobody');
      } catch (error) {
        held.push(isHarnessError(error) ? error.code : String(error));
      }
      return world.ports.shell(...asked);
    };
    const watched: PipelineParts = {
      ...parts,
      ports: (_loaded, repository) => ({ ...world.ports, repository, serving: () => serving, shell }),
    };
    world.broken.set('shell npm test', 'red');
    await runPush({ ...common(), repository: bare.directory }, watched);
    world.broken.clear();
    await retryPipeline(common(), watched);
    expect(held).toEqual(['project-locked', 'project-locked']);
    acquireLock(another)[Symbol.dispose]();
  });

  it('that was overtaken while it waited is superseded, and the newer one is delivered', async () => {
    const [first, second] = [bare.commit({ a: 'a' }), bare.commit({ a: 'b' })];
    expect(await push(first)).toMatchObject({ outcome: 'superseded' });
    expect(deployed()).toEqual([]);
    expect(await push(second)).toMatchObject({ outcome: 'deployed' });
    expect(deployed()).toHaveLength(1);
  });

  it('that waits is ended by an interruption', async () => {
    bare.commit({ a: 'a' });
    const { stateDirectory, project } = await loadConfigFile('rollproof.config.ts');
    using _lock = acquireLock({ path: join(stateDirectory, 'pipeline.lock'), project, command: 'another' });
    const running = push();
    const reason = new HarnessError('interrupted', { message: 'interrupted by SIGINT' });
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('a pipeline that is stopped', () => {
  it('shows how the log of its stage ends, and runs that stage alone again, then the rest', async () => {
    const id = bare.commit({ a: 'a' });
    world.broken.set('shell npm test', '1 test failed: adds up');
    const stopped = await push();
    expect(stopped).toMatchObject({
      outcome: 'stopped',
      summary: { verdict: 'failed', kind: 'release' },
      failure: { stage: 'unit-tests', lastLines: expect.arrayContaining(['1 test failed: adds up']) },
    });
    expect(stopped.summary?.headline).toContain(`${id.slice(0, 12)} was stopped at unit-tests; nothing was deployed`);
    expect(latest('report.html')).toContain('1 test failed: adds up');

    world.broken.clear();
    await expect(retry('push')).rejects.toMatchObject({ code: 'nothing-to-retry' });
    // The checkout is the world's business, which is not real.
    await expect(retry('unit-tests')).resolves.toMatchObject({ outcome: 'stage-done', summary: { verdict: 'passed' } });
    expect(deployed()).toEqual([]);
    expect(await retry()).toMatchObject({ outcome: 'deployed' });
    await expect(retry()).rejects.toMatchObject({ code: 'nothing-to-retry' });
  });

  it('for want of a registry cannot run here, and says when it can', async () => {
    bare.commit({ a: 'a' });
    world.broken.set('push', 'dial tcp 127.0.0.1:5000: connect: connection refused');
    expect(await push()).toMatchObject({ outcome: 'stopped', summary: { verdict: 'error', kind: 'cannot-run' } });
    world.broken.clear();
    expect(await retry('push')).toMatchObject({ outcome: 'stage-done' });
    expect(await retry('deploy')).toMatchObject({ outcome: 'deployed' });
  });
});

describe('a release that is bad in production', () => {
  it('is told as rolled back, marked in the repository, and known when it comes again', async () => {
    const id = bare.commit({ a: 'a' });
    const problem = new HarnessError('release-check-failed', { message: 'rolled back: orders-r2 fails 20 %' });
    world.rollout = { outcome: 'rolled-back', problem };
    expect(await push()).toMatchObject({
      outcome: 'rolled-back',
      summary: {
        verdict: 'failed',
        kind: 'release',
        headline: expect.stringContaining('was rolled back in production'),
      },
    });
    expect(bare.git(['log', '-1', '--notes=rollproof', '--format=%N', id])).toContain('orders-r2 fails 20 %');
    await push();
    expect(latest('journal.ndjson')).toContain('this commit was taken back from production before');
  });
});
