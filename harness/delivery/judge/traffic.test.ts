import { describe, expect, it } from '@jest/globals';
import { newId } from '../../core/ids';
import { MemoryJournal } from '../../contract/journal';
import { PROBE_ID } from '../../front/config';
import { requestLine } from '../../front/testing/request-line';
import { Witness } from '../../front/witness';
import { journalTraffic } from '../../observe/traffic';
import { FailedRequests } from '../failed-requests';
import { DEFAULT_SETTINGS } from '../strategies/settings';
import { trafficWatch } from './traffic';

/** What judge, report and attribution of losses each say of the same lines of a front. */
function counted(
  changes: readonly Record<string, unknown>[],
  wrong: Readonly<Record<string, 'before' | 'after'>> = {},
) {
  const witness = new Witness('orders');
  const journal = new MemoryJournal();
  const watch = trafficWatch({ from: 'orders-r1', to: 'orders-r2', settings: DEFAULT_SETTINGS });
  const failed = new FailedRequests();
  witness.charge();
  witness.on('sample', watch.onSample);
  witness.on('sample', (sample) => failed.add(sample));
  const end = journalTraffic(witness, journal);
  const found = (when: 'before' | 'after') => {
    const ids = Object.keys(wrong).filter((id) => wrong[id] === when);
    for (const id of ids) witness.takeWrong({ id, reason: 'no order id' });
  };
  found('before');
  for (const change of changes) witness.take({ atMs: 1, stream: 'stdout', text: requestLine(change) }, 'orders-1');
  found('after');
  end();
  const windows = journal.lines.flatMap((line) => (line.type === 'traffic-window' ? [line.revisions] : []));
  return { judge: watch.totals(), windows, failed: failed.of('orders-r2'), wrong: watch.wrongAnswers() };
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

describe('answers that the load found wrong', () => {
  it('are failures of the revision that handled them, once, whichever is told first, and as often for each who counts', () => {
    const lines = [
      ...['early', 'late', 'missing', 'failed', 'good'].map((id) => ({ id, status: id === 'failed' ? 500 : 200 })),
      { id: 'absent', status: 404 },
      { id: 'stable', routedSlot: 'blue', server: 'blue1' },
    ];
    const { judge, windows, failed, wrong } = counted(lines, {
      ...{ early: 'before', late: 'after', failed: 'after', absent: 'after', stable: 'before' },
      elsewhere: 'before',
    });
    const counts = {
      from: { requests: 1, errors: 1, clientErrors: 0, wrong: 1 },
      to: { requests: 6, errors: 4, clientErrors: 0, wrong: 3 },
    };
    expect(judge).toEqual(counts);
    expect(windows).toEqual([{ 'orders-r1': counts.from, 'orders-r2': counts.to }]);
    expect(failed.ids).toEqual(new Set(['early', 'late', 'failed', 'absent']));
    expect(wrong).toEqual([{ reason: 'no order id', count: 3 }]);
  });

  it('make one call of a request a failed one, the latest, when its caller tried again', () => {
    const tries = [
      { id: 'twice', routedSlot: 'blue', server: 'blue1' },
      { id: 'twice', server: 'green1' },
    ];
    const { judge } = counted(tries, { twice: 'after' });
    expect([judge.from.errors, judge.to.errors]).toEqual([0, 1]);
  });
});

describe('the requests that failed', () => {
  it('are of the revision that was chosen, and of the one that helped out: a bad one loses those of stable, too', () => {
    const failed = new FailedRequests();
    const witness = new Witness('orders');
    witness.on('sample', (sample) => failed.add(sample));
    const helped = { routedSlot: 'blue', server: 'green1', redispatched: true, retries: 2 };
    for (const line of [
      { id: 'hung', ...helped, status: 504, termination: 'sH' },
      { id: 'own', status: 500 },
      { id: 'of-stable', routedSlot: 'blue', server: 'blue1', status: 500 },
    ]) {
      witness.take({ atMs: 1, stream: 'stdout', text: requestLine(line) }, 'orders-1');
    }
    expect(failed.of('orders-r2').ids).toEqual(new Set(['hung', 'own']));
    expect(failed.of('orders-r1').ids).toEqual(new Set(['hung', 'of-stable']));
  });

  it('are kept by id up to a bound, and counted beyond it', () => {
    const failed = new FailedRequests(2);
    const sample = { revision: 'orders-r2', startedAtMs: 1, endedAtMs: 2, error: true, clientError: false };
    for (const id of ['a', 'b', 'c', 'd']) failed.add({ id, ...sample });
    failed.add({ id: 'good', ...sample, error: false });
    expect(failed.of('orders-r2')).toEqual({ ids: new Set(['a', 'b']), leftOut: 2 });
    expect(failed.of('orders-r1')).toEqual({ ids: new Set(), leftOut: 0 });
  });
});
