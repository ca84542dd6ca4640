import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { sleep } from '../../harness/core/clock';
import { MemoryJournal } from '../../harness/contract/journal';
import { openLoad } from '../../harness/load/load';
import { startServer } from '../../harness/load/testing/server';
import type { BenchRow } from './row';

const RATE_PER_SECOND = 300;
const WARM_UP_MS = 2_000;
const MEASURED_MS = 10_000;

/** How near its intended moments the load generator starts requests at 300 a second, and what that costs. */
export async function benchLoadAccuracy(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'rollproof-bench-'));
  try {
    await using server = await startServer();
    await using load = await openLoad({
      configPath: join(__dirname, '..', '..', 'harness', 'load', 'testing', `loopback.config${extname(__filename)}`),
      baseUrl: server.baseUrl,
      ratePerSecond: RATE_PER_SECOND,
      seed: 'bench',
      ledgerPath: join(directory, 'load.ndjson'),
      journal: new MemoryJournal(),
    });
    await sleep(WARM_UP_MS + MEASURED_MS);
    const { sent, lost, lateness, lateShare, cpuPercent } = await load.stop();
    const row = (name: string, value: number, unit: string, limit?: number): BenchRow => ({
      name,
      value,
      unit,
      samples: sent,
      ...(limit === undefined ? {} : { limit }),
    });
    return [
      row('load start after its intended moment, p50', lateness.p50Ms, 'ms'),
      row('load start after its intended moment, p99', lateness.p99Ms, 'ms'),
      row('load start after its intended moment, max', lateness.maxMs, 'ms'),
      row('load late or unsent', lateShare * 100, '%', 0.1),
      row('load lost against a healthy server', lost, 'requests', 0),
      row(`load CPU at ${RATE_PER_SECOND} a second`, cpuPercent, '% of a core', 15),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
