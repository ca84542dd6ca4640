import { describe, expect, it } from '@jest/globals';
import { newId } from '../core/ids';
import { MemoryJournal } from '../contract/journal';
import { PROBE_ID } from '../front/config';
import { requestLine } from '../front/testing/request-line';
import { Witness } from '../front/witness';
import { journalTraffic } from '../observe/traffic';
import { FailedRequests } from './failed-requests';
import { trafficWatch } from './traffic';

/** What judge, report and attribution of losses each say of the same lines of a front. */
function counted(changes: readonly Record<string, unknown>[]) {
  const witness = new Witness('orders');
  const journal = new MemoryJournal();
  const watch = trafficWatch({ from: 'orders-r1', to: 'orders-r2', windowMs: 1_000 });
  const failed = new FailedRequests();
  witness.on('sample', watch.onSample);
  witness.on('sample', (sample) => failed.add(sample));
  const end = journalTraffic(witness, journal);
  for (const change of changes) witness.take({ atMs: 1, stream: 'stdout', text: requestLine(change) }, 'orders-1');
  end();
  const windows = journal.lines.flatMap((line) => (line.type === 'traffic-window' ? [line.revisions] : []));
  return { judge: watch.totals(), windows, failed: failed.of('orders-r2') };
}

describe('a front’s lines', () => {
  it('are counted alike by judge, traffic window and attribution: a request that failed on r2 and was retried on r1', () => {
    const { judge, windows, failed } = counted([
      { id: 'helped', server: 'blue1', retries: 1, redispatched: true },
      { id: 'good', routedSlot: 'blue', server: 'blue1' },
      { id: 'refused', status: 404 },
      { id: newId(PROBE_ID), status: 503 },
      { id: 'asked-for', pinned: true, status: 500 },
    ]);
    const counts = {
      from: { requests: 1, errors: 0, clientErrors: 0 },
      to: { requests: 2, errors: 1, clientErrors: 1 },
    };
    expect(judge).toEqual(counts);
    expect(windows).toEqual([{ 'orders-r1': counts.from, 'orders-r2': counts.to }]);
    expect(failed).toEqual({ ids: new Set(['helped']), leftOut: 0 });
  });
});

describe('the requests that failed', () => {
  it('are kept by id up to a bound, and counted beyond it', () => {
    const failed = new FailedRequests(2);
    const sample = { revision: 'orders-r2', startedAtMs: 1, endedAtMs: 2, error: true, clientError: false };
    for (const id of ['a', 'b', 'c', 'd']) failed.add({ id, ...sample });
    failed.add({ id: 'good', ...sample, error: false });
    expect(failed.of('orders-r2')).toEqual({ ids: new Set(['a', 'b']), leftOut: 2 });
    expect(failed.of('orders-r1')).toEqual({ ids: new Set(), leftOut: 0 });
  });
});
