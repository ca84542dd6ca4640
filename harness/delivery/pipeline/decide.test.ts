import { mkdtempSync, appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { PipelineConfig } from '../../contract/pipeline-config';
import { contentOf, delivered, isSuperseded, notOurs, retryOf, takenBackBefore } from './decide';
import { appendHistory, readHistory, type PipelineEntry } from './history';
import { COMMIT } from './testing/fake-ports';

const PIPELINE: PipelineConfig = { unitTests: 'npm test', services: { orders: {} } };
const image = { tag: 'orders:c', id: 'sha256:1', content: 'sha256:1' };
const products = {
  ...{ commit: COMMIT, ref: 'refs/heads/main', directory: '/checkout' },
  ...{ images: { orders: image }, pushed: { orders: 'r/orders@sha256:a' }, delivered: {} },
};

function entry(own: Partial<PipelineEntry> = {}): PipelineEntry {
  return { schema: 1, at: 1, run: 'run', repository: '/srv', outcome: 'deployed', content: 'x', products, ...own };
}

describe('a push', () => {
  const ref = 'refs/heads/main';

  it('to the branch that is delivered is the pipeline’s', () => {
    expect(notOurs({ ref, commit: COMMIT.id }, {})).toBeUndefined();
    expect(notOurs({ ref: 'refs/heads/live', commit: COMMIT.id }, { branch: 'live' })).toBeUndefined();
  });

  it('to another one, of a tag, or of nothing is not', () => {
    expect(notOurs({ ref: 'refs/heads/other', commit: COMMIT.id }, {})).toContain('not the branch');
    expect(notOurs({ ref: 'refs/tags/main', commit: COMMIT.id }, {})).toContain('not the branch');
    expect(notOurs({ ref, commit: '0'.repeat(40) }, {})).toContain('was deleted');
  });

  it('is superseded once its branch has moved on, and only then', () => {
    expect(isSuperseded(COMMIT.id, COMMIT.id)).toBe(false);
    expect(isSuperseded(COMMIT.id, 'd'.repeat(40))).toBe(true);
    expect(isSuperseded(COMMIT.id, undefined)).toBe(true);
  });
});

describe('what is delivered', () => {
  it('is the same for the same files by the same pipeline', () => {
    const content = contentOf(COMMIT.tree, PIPELINE);
    expect(contentOf(COMMIT.tree, { ...PIPELINE, stageTimeoutMs: 5, load: true })).toBe(content);
    expect(contentOf('f'.repeat(40), PIPELINE)).not.toBe(content);
    expect(contentOf(COMMIT.tree, { ...PIPELINE, services: { orders: { target: 'app' } } })).not.toBe(content);
    const strategy = { name: 'all at once', settings: {}, steps: [] };
    expect(contentOf(COMMIT.tree, { ...PIPELINE, strategy })).not.toBe(content);
  });

  it('is in production when it was delivered last and serves', () => {
    const history = [entry(), entry({ outcome: 'stopped', content: 'y' })];
    expect(delivered(history, 'x', () => 'sha256:1')).toBe(history[0]);
  });

  it.each<[string, PipelineEntry[], string | undefined]>([
    ['nothing was delivered', [], 'sha256:1'],
    ['something else was delivered since', [entry(), entry({ content: 'y' })], 'sha256:1'],
    ['it was rolled back', [entry({ outcome: 'rolled-back' })], 'sha256:1'],
    ['something else serves, after an undo', [entry()], 'sha256:2'],
    ['the stack is not up', [entry()], undefined],
  ])('is not in production when %s', (_why, history, serving) => {
    expect(delivered(history, 'x', () => serving)).toBeUndefined();
  });
});

describe('a retry', () => {
  const failed = entry({ outcome: 'stopped', stage: 'push', through: 'integration-tests' });

  it('goes on from the stage that failed', () => {
    expect(retryOf([entry(), failed], undefined)).toEqual({ entry: failed, stages: ['push', 'deploy'] });
    const first = entry({ outcome: 'stopped', stage: 'checkout' });
    expect(retryOf([first], undefined).stages).toHaveLength(7);
  });

  it('with a stage named runs it alone, and later ones in their turn', () => {
    expect(retryOf([failed], 'push').stages).toEqual(['push']);
    expect(retryOf([failed], 'unit-tests').stages).toEqual(['unit-tests']);
    const pushed = entry({ outcome: 'stage-done', through: 'push' });
    expect(retryOf([failed, pushed], 'deploy').stages).toEqual(['deploy']);
    expect(retryOf([failed, pushed], undefined).stages).toEqual(['deploy']);
  });

  it('passes by no stage that failed', () => {
    expect(() => retryOf([failed], 'deploy')).toThrow('deploy comes after push, which is not through');
    const tests = entry({ outcome: 'stopped', stage: 'unit-tests', through: 'build' });
    expect(() => retryOf([tests], 'image')).toThrow('image comes after unit-tests');
  });

  it('is refused when there is nothing to run again', () => {
    expect(() => retryOf([], undefined)).toThrow(expect.objectContaining({ code: 'nothing-to-retry' }));
    expect(() => retryOf([entry({ through: 'deploy' })], undefined)).toThrow(
      'every stage of the last pipeline is through',
    );
  });

  it('passes over pushes that came to no run', () => {
    const { run: _none, ...superseded } = entry({ outcome: 'superseded' });
    expect(retryOf([failed, superseded], undefined).entry).toBe(failed);
  });
});

it('a commit that was taken back before is known by its reason, and no other', () => {
  const history = [entry({ outcome: 'rolled-back', reason: 'errors' }), entry()];
  expect(takenBackBefore(history, COMMIT.id)).toBe('errors');
  expect(takenBackBefore(history, 'd'.repeat(40))).toBeUndefined();
  expect(takenBackBefore([entry()], COMMIT.id)).toBeUndefined();
});

describe('the history', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rollproof-history-'));
  const path = join(directory, 'state', 'pipelines.ndjson');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is read as it was written, and passes over what was torn or is another version’s', () => {
    expect(readHistory(path)).toEqual([]);
    appendHistory(path, entry());
    appendFileSync(path, `${JSON.stringify({ ...entry(), schema: 2 })}\n{"schema":1,"at"`);
    appendHistory(path, entry({ at: 2 }));
    expect(readHistory(path)).toEqual([entry(), entry({ at: 2 })]);
  });
});
