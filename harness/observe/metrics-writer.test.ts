import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FileJournal, readJournal } from '../contract/journal';
import { HarnessError } from '../core/errors';
import { writeMetrics } from './metrics-writer';
import type { WrittenSample } from './remote-write';

const finished = { type: 'scenario-finished', verdict: 'passed', durationMs: 1, facts: {} } as const;

describe("writing the harness' own figures", () => {
  const open = () => new FileJournal(join(mkdtempSync(join(tmpdir(), 'metrics-')), 'journal.ndjson'));

  it('writes at the end what was true then', async () => {
    using journal = open();
    const written: WrittenSample[][] = [];
    const write = async (samples: readonly WrittenSample[]) => void written.push([...samples]);
    const end = writeMetrics({ prometheus: { write }, journal, labels: { project: 'p' } });
    journal.append(finished);
    await end();
    expect(written.at(-1)).toMatchObject([
      { value: 1, labels: { __name__: 'rollproof_scenarios_total', project: 'p', verdict: 'passed' } },
    ]);
  });

  it.each([
    ['observability-bad-answer', 1],
    ['observability-unreachable', 0],
  ] as const)('after %s says %d times that it gives up', async (code, times) => {
    using journal = open();
    const write = () =>
      Promise.reject(new HarnessError(code, { message: 'remote write receiver needs to be enabled' }));
    const end = writeMetrics({ prometheus: { write }, journal, labels: {} });
    journal.append(finished);
    await end();
    expect(readJournal(journal.path).filter(({ type }) => type === 'skipped-capability')).toHaveLength(times);
  });
});
