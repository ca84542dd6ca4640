import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import type { PipelineConfig } from '../../contract/pipeline-config';
import type { LineOf } from '../../contract/observation';
import { HarnessError } from '../../core/errors';
import { runPipeline, type PipelineRun } from './run-pipeline';
import { COMMIT, FakeWorld, REGISTRY } from './testing/fake-ports';

const PIPELINE: PipelineConfig = {
  build: 'npm ci',
  unitTests: 'npm test',
  integrationTests: 'npm run integration',
  services: { orders: {} },
};
const TAG = `orders:${'c'.repeat(12)}`;
const DIGEST = `${REGISTRY}/orders@sha256:${'a'.repeat(64)}`;

let world: FakeWorld;
let journal: MemoryJournal;
let runDirectory: string;
beforeEach(() => {
  world = new FakeWorld();
  journal = new MemoryJournal();
  runDirectory = mkdtempSync(join(tmpdir(), 'rollproof-pipeline-'));
});
afterEach(() => rmSync(runDirectory, { recursive: true, force: true }));

function run(options: Partial<PipelineRun> = {}) {
  return runPipeline({
    ...{ pipeline: PIPELINE, ports: world.ports, journal, runDirectory },
    products: { commit: COMMIT, ref: 'refs/heads/main', directory: '/checkout', images: {}, pushed: {}, delivered: {} },
    signal: new AbortController().signal,
    ...options,
  });
}

const lines = () => journal.lines.filter((line): line is LineOf<'pipeline-stage'> => line.type === 'pipeline-stage');
const states = () => lines().map(({ stage, state }) => `${stage} ${state}`);
const failure = () => lines().find(({ state }) => state === 'failed');

describe('a pipeline', () => {
  it('goes from the commit to production, and deploys by digest what was tested', async () => {
    const end = await run();
    expect(end).toMatchObject({ outcome: 'deployed', through: 'deploy' });
    expect(world.did).toEqual([
      ...['checkout ccc /checkout', 'shell npm ci', 'shell npm test', `build ${TAG}`],
      ...[`tag ${TAG}`, 'shell npm run integration', `tag ${REGISTRY}/${TAG}`, `push ${REGISTRY}/${TAG}`],
      `deploy orders ${DIGEST}`,
    ]);
    expect(states().filter((state) => !state.endsWith('started'))).toEqual([
      ...['checkout passed', 'build passed', 'unit-tests passed', 'image passed', 'integration-tests passed'],
      ...['push passed', 'deploy passed'],
    ]);
    expect(journal.lines.at(-1)).toMatchObject({ type: 'pipeline-ended', outcome: 'deployed' });
  });

  it('gives each stage its time, and a log of its own in the run’s folder', async () => {
    await run();
    for (const { state, durationMs, log = '' } of lines()) {
      if (state !== 'started') expect(durationMs).toBeGreaterThanOrEqual(0);
      expect(readFileSync(join(runDirectory, log), 'utf8')).not.toBe('');
    }
    expect(new Set(lines().map(({ log }) => log)).size).toBe(7);
  });

  it('says of a stage that it does not have that it is left out, and why', async () => {
    expect(await run({ pipeline: { services: { orders: {} } } })).toMatchObject({ outcome: 'deployed' });
    expect(states().filter((state) => state.endsWith('skipped'))).toEqual([
      ...['build skipped', 'unit-tests skipped', 'integration-tests skipped'],
    ]);
    expect(world.did.some((what) => what.startsWith('shell'))).toBe(false);
  });

  it.each([
    ['shell npm ci', 'build', /^(checkout|shell npm ci)/],
    ['shell npm test', 'unit-tests', /^(checkout|shell)/],
    ['build', 'image', /^(checkout|shell|build)/],
    ['shell npm run integration', 'integration-tests', /^(checkout|shell|build|tag orders)/],
  ])('is stopped by a failing `%s` at %s, and nothing after it happens', async (what, stage, before) => {
    world.broken.set(what, 'it broke');
    const end = await run();
    expect(end).toMatchObject({ outcome: 'stopped', stage, error: { code: 'pipeline-stage-failed', kind: 'release' } });
    expect(world.did.filter((done) => !before.test(done))).toEqual([]);
    expect(failure()).toMatchObject({ stage, lastLines: expect.arrayContaining(['it broke']) });
    expect(states().at(-1)).toBe(`${stage} failed`);
  });

  it('is stopped by a registry that does not answer; its push alone is tried again, then what follows', async () => {
    world.broken.set('push', `dial tcp ${REGISTRY}: connect: connection refused`);
    const first = await run();
    expect(first).toMatchObject({
      outcome: 'stopped',
      through: 'integration-tests',
      error: { code: 'registry-unreachable' },
    });
    world.broken.clear();
    world.did.length = 0;
    const again = await run({ products: first.products, through: 'integration-tests', only: ['push'] });
    expect(again).toMatchObject({ outcome: 'stage-done', through: 'push', products: { pushed: { orders: DIGEST } } });
    expect(world.did).toEqual([`tag ${REGISTRY}/${TAG}`, `push ${REGISTRY}/${TAG}`]);
    const last = await run({ products: again.products, through: 'push', only: ['deploy'] });
    expect(last.outcome).toBe('deployed');
  });

  it('pushes what was tested, also when its tag has moved meanwhile', async () => {
    const ports: PipelineRun['ports'] = {
      ...world.ports,
      shell: async (line, io) => {
        if (line === 'npm run integration') world.images.set(TAG, 'sha256:moved');
        return world.ports.shell(line, io);
      },
    };
    const { products } = await run({ ports });
    expect(world.images.get(DIGEST)).toBe(products.images['orders']?.content);
  });

  it('deploys nothing when the registry has something else than was tested', async () => {
    const ports: PipelineRun['ports'] = {
      ...world.ports,
      image: async (ref) => (ref === DIGEST ? { id: 'sha256:x', content: 'sha256:x' } : world.ports.image(ref)),
    };
    expect(await run({ ports })).toMatchObject({ stage: 'push', error: { code: 'not-what-was-tested' } });
    expect(world.did.some((what) => what.startsWith('deploy'))).toBe(false);
  });

  it('marks a commit that was rolled back in production, and no other', async () => {
    const problem = new HarnessError('release-rejected', { message: 'orders-r2 fails 20 %' });
    world.rollout = { outcome: 'rolled-back', problem };
    expect(await run()).toMatchObject({ outcome: 'rolled-back', stage: 'deploy', through: 'push', error: problem });
    expect(world.did.at(-1)).toBe('note ccc rolled back in production: orders-r2 fails 20 %');

    world.did.length = 0;
    world.rollout = { outcome: 'aborted', problem: new HarnessError('aborted', { message: 'by hand' }) };
    expect(await run()).toMatchObject({ outcome: 'not-promoted', stage: 'deploy' });
    expect(world.did.some((what) => what.startsWith('note'))).toBe(false);
  });

  it('ends as it did when a commit cannot be marked, and says so', async () => {
    world.rollout = { outcome: 'rolled-back', problem: new HarnessError('release-rejected', { message: 'bad' }) };
    world.broken.set('note', 'read-only');
    expect(await run()).toMatchObject({ outcome: 'rolled-back' });
    expect(journal.lines.at(-1)).toMatchObject({ type: 'note', message: 'the commit could not be marked: read-only' });
  });

  it('stops at the first service that is not promoted', async () => {
    world.rollout = { outcome: 'rolled-back', problem: new HarnessError('release-rejected', { message: 'bad' }) };
    await run({ pipeline: { services: { orders: {}, gateway: {} } } });
    expect(world.did.filter((what) => what.startsWith('deploy'))).toHaveLength(1);
  });

  it('runs no stage once it is interrupted', async () => {
    const abort = new AbortController();
    const reason = new HarnessError('interrupted', { message: 'interrupted by SIGINT' });
    const end = await run({ signal: abort.signal, onStage: ({ stage }) => stage === 'build' && abort.abort(reason) });
    expect(end).toMatchObject({ outcome: 'stopped', stage: 'build', error: reason });
    expect(world.did).toEqual(['checkout ccc /checkout']);
  });
});
