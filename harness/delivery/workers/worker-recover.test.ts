import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { FileJournal } from '../../contract/journal';
import { deploy } from '../controller';
import { recover } from '../recover';
import { canary } from '../strategies/canary';
import { recreate } from '../strategies/recreate';
import type { Strategy } from '../strategies/strategy';
import { Death } from '../testing/fake-process';
import { FakeWorkers } from '../testing/fake-workers';
import { MortalJournal } from '../testing/mortal-journal';

const SETTINGS = { riseToDetect: 0.2, bakeMs: 500, warmupRequests: 20 };

let folder: string;
const files: FileJournal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-recover-'));
});
afterEach(() => {
  for (const file of files.splice(0)) file[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** Deploys, is killed before or after the n-th line of the journal, and is recovered from. */
async function dieAndRecover(image: string, strategy: Strategy, dieAt: number, when: 'before' | 'after') {
  const isSingleton = strategy.name === 'recreate';
  const path = join(folder, `${files.length}.ndjson`);
  const file = new FileJournal(path);
  files.push(file);
  const mortal = new MortalJournal(file, dieAt, when);
  const workers = new FakeWorkers({
    ...{ journal: mortal, journalPath: path, replicas: isSingleton ? 1 : 2 },
    ...(isSingleton ? { settings: { singleton: true } } : {}),
    handling: { 'fails:2': { failRatio: 0.5 } },
  });
  mortal.process = workers;
  const isEnded = await deploy({ service: 'mailer', image, strategy }, workers.ports()).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof Death)) throw error;
      return false;
    },
  );
  // What the guardian leaves: as many consume as did before.
  const consuming = workers.consumers.length;
  workers.dead = false;
  await recover({ journalPath: path, ports: { ...workers.ports(), journal: file } });
  return { isEnded, workers, consuming };
}

it.each([
  ['good:2', canary({ steps: [50, 100], ...SETTINGS })],
  ['fails:2', canary({ steps: [50, 100], ...SETTINGS })],
  ['good:2', recreate(SETTINGS)],
  ['fails:2', recreate(SETTINGS)],
])(
  'a controller that releases %s and dies at any line leaves one revision that consumes: %j',
  async (image, strategy) => {
    let isEnded = false;
    let tried = 0;
    for (let dieAt = 1; !isEnded && dieAt < 200; dieAt += 1) {
      for (const when of ['before', 'after'] as const) {
        const end = await dieAndRecover(image, strategy, dieAt, when);
        isEnded = end.isEnded;
        tried += 1;
        const { workers } = end;
        const stable = workers.store.stable('mailer');
        const at = `dies ${when} line ${dieAt}`;
        const all = strategy.name === 'recreate' ? 1 : 2;
        expect([at, end.consuming]).toEqual([at, all]);
        expect([at, workers.running(stable?.label ?? ''), workers.consumers.length]).toEqual([at, all, all]);
        expect([at, workers.store.unfinished()]).toEqual([at, []]);
        expect([at, workers.lost, [...workers.effects.values()].filter((times) => times > 1)]).toEqual([at, 0, []]);
        if (strategy.name === 'recreate') expect([at, workers.mostRunning]).toEqual([at, 1]);
      }
    }
    expect(tried).toBeGreaterThan(30);
  },
);
