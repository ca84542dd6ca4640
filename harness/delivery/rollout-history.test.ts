import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { deploy } from './controller';
import { historyPath, openRolloutHistory } from './rollout-history';
import { FakeWorld } from './testing/fake-world';
import { canary } from './strategies/canary';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-history-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STRATEGY = canary({ steps: [50, 100], riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 2_000 });

describe('the history of rollouts', () => {
  it('tells who, which digest, how each ended and why; also to another process', async () => {
    const path = historyPath(join(directory, 'told'));
    const journal = new MemoryJournal();
    const fake = new FakeWorld({ seed: 'history', journal, behaviours: { 'errors:2': { errorRatio: 0.3 } } });
    const ports = () => ({ ...fake.ports(), history: openRolloutHistory(path, 'mia') });
    for (const image of ['good:2', 'good:2', 'errors:2']) {
      await deploy({ service: 'orders', image, strategy: STRATEGY }, ports());
    }
    const entries = openRolloutHistory(path, 'tom').list('orders');
    expect(entries).toMatchObject([
      { by: 'mia', outcome: 'promoted', from: 'orders-r1', to: 'orders-r2', digest: 'sha256:good:2' },
      { by: 'mia', outcome: 'unchanged', to: 'orders-r2', strategy: 'canary 50→100 %' },
      { by: 'mia', outcome: 'rolled-back', to: 'orders-r3', image: 'errors:2', cause: 'release-rejected' },
    ]);
    expect(entries[2]?.reason).toContain('more errors than stable');
    expect(openRolloutHistory(path, 'tom').list('payments')).toEqual([]);
  });

  it('has each rollout once, and passes over what was torn and what another version wrote', async () => {
    const path = historyPath(join(directory, 'torn'));
    const fake = new FakeWorld({ seed: 'history', journal: new MemoryJournal() });
    const history = openRolloutHistory(path, 'mia');
    const result = await deploy({ service: 'orders', image: 'good:2', strategy: STRATEGY }, fake.ports());
    history.add({ ...result, outcome: 'rollback-paused' }, fake.store);
    appendFileSync(path, '{"schema":1,"rollout":"torn');
    history.add(result, fake.store);
    appendFileSync(path, '{"schema":2,"service":"orders"}\n');
    expect(history.list('orders')).toMatchObject([{ rollout: result.rollout, outcome: 'promoted' }]);
  });
});
