import { describe, expect, it } from '@jest/globals';
import type { ConsumerLine, MetricValue, OutcomeAccess } from '../../contract/outcomes';
import { logOutcomes } from './log';
import { metricOutcomes } from './metric';
import { sqlOutcomes } from './sql';

function access(parts: Partial<OutcomeAccess>): OutcomeAccess {
  const none = async () => [];
  return { endpoint: async () => ({ host: '127.0.0.1', port: 1 }), lines: none, prometheus: none, ...parts };
}

describe('sqlOutcomes', () => {
  it('asks the query for what ended since', async () => {
    const row = { id: '1', revision: 'mailer-r1', outcome: 'ack' as const, endedAtMs: 2_000, tookMs: 5 };
    const asked: Date[] = [];
    const source = sqlOutcomes({
      rows: async (_access, since) => {
        asked.push(since);
        return [row];
      },
    });
    expect(await source.open(access({})).read(1_500)).toEqual([row]);
    expect(asked).toEqual([new Date(1_500)]);
  });
});

describe('metricOutcomes', () => {
  const series = (value: number, outcome = 'ack', instance = 'a'): MetricValue => ({
    labels: { instance, revision: 'mailer-r2', outcome },
    value,
    atMs: 7_000,
  });

  function reader(...answers: readonly (readonly MetricValue[])[]) {
    const left = [...answers];
    return metricOutcomes({ query: 'messages' }).open(access({ prometheus: async () => left.shift() ?? [] }));
  }

  it('counts by how much counters have grown, from what stood when it began', async () => {
    const own = reader([series(100)], [series(103), series(2, 'dead')], [series(103), series(2, 'dead')]);
    expect(await own.read(0)).toEqual([]);
    const grown = await own.read(0);
    expect(grown.map(({ outcome }) => outcome)).toEqual(['ack', 'ack', 'ack', 'dead', 'dead']);
    expect(new Set(grown.map(({ id }) => id)).size).toBe(5);
    expect(grown[0]).toMatchObject({ revision: 'mailer-r2', endedAtMs: 7_000 });
    expect(await own.read(0)).toEqual([]);
  });

  it('counts a counter that began anew, and one that is new, from 0', async () => {
    const own = reader([series(100)], [series(4), series(2, 'ack', 'b')]);
    await own.read(0);
    expect(await own.read(0)).toHaveLength(6);
  });

  it('leaves out what is no outcome, and what is no number', async () => {
    const own = reader([], [series(5, 'taken'), series(Number.NaN)]);
    await own.read(0);
    expect(await own.read(0)).toEqual([]);
  });
});

describe('logOutcomes', () => {
  const line = (text: string, atMs = 3_000): ConsumerLine => ({ revision: 'mailer-r1', containerId: 'c', atMs, text });

  it('reads the lines that say what became of a message, and no others', async () => {
    const lines = [
      line('{"result":"sent","took":12}'),
      line('{"result":"sent","took":12}', 3_001),
      line('{"result":"given up"}'),
      line('{"result":"listening"}'),
      line('Killed'),
      line('{"result":'),
      line('{"level":30}'),
    ];
    const values = { sent: 'ack', 'given up': 'dead' } as const;
    const source = logOutcomes({ field: 'result', values, tookMsField: 'took' });
    const read = await source.open(access({ lines: async () => lines })).read(0);
    expect(read.map(({ outcome, tookMs }) => [outcome, tookMs])).toEqual([
      ['ack', 12],
      ['ack', 12],
      ['dead', undefined],
    ]);
    expect(new Set(read.map(({ id }) => id)).size).toBe(3);
  });
});
