import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { exclusiveTimes } from './exclusive-time';
import { Jaeger } from './jaeger';
import type { Span, Trace } from './spans';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

function span(
  id: string,
  parent: string | undefined,
  service: string,
  kind: number,
  fromMs: number,
  toMs: number,
  peer = '',
) {
  const nano = (ms: number) => String(1_595_440_907_000_000_000n + BigInt(ms * 1e6));
  return {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        spans: [
          {
            traceId: TRACE_ID,
            spanId: id,
            ...(parent === undefined ? {} : { parentSpanId: parent }),
            name: `${service} ${id}`,
            kind,
            startTimeUnixNano: nano(fromMs),
            endTimeUnixNano: nano(toMs),
            attributes: [
              { key: 'server.address', value: { stringValue: peer } },
              { key: 'http.response.status_code', value: { intValue: '200' } },
            ],
            status: id === 'a3' ? { code: 2, message: 'x' } : {},
          },
        ],
      },
    ],
  };
}

/** payments serves 220 ms: 210 in a call of bank (which serves 8), 3 in a query that fails. */
const RECORDED = {
  result: {
    resourceSpans: [
      span('a1', undefined, 'payments', 2, 0, 220),
      span('a2', 'a1', 'payments', 3, 5, 215, 'bank'),
      span('a3', 'a1', 'payments', 3, 216, 219, 'postgres'),
      span('b1', 'a2', 'bank', 2, 205, 213),
    ],
  },
};

async function withJaeger<T>(
  answers: (() => [number, unknown])[],
  use: (jaeger: Jaeger, urls: string[]) => Promise<T>,
): Promise<T> {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    const [status, body] = (answers[urls.length - 1] ?? answers.at(-1))?.() ?? [500, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(new Jaeger(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 20), urls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const SEARCH = { service: 'payments', startMs: 1_595_440_900_000, endMs: 1_595_440_910_000 };

describe('Jaeger', () => {
  it('normalises spans', async () => {
    await withJaeger([() => [200, RECORDED]], async (jaeger, urls) => {
      const [trace] = await jaeger.findTraces(SEARCH);
      expect(trace?.spans.map(({ spanId }) => spanId)).toEqual(['a1', 'a2', 'b1', 'a3']);
      expect(trace?.spans[1]).toEqual({
        traceId: TRACE_ID,
        spanId: 'a2',
        parentId: 'a1',
        service: 'payments',
        name: 'payments a2',
        kind: 'client',
        startMs: 1_595_440_907_005,
        durationMs: 210,
        status: 'unset',
        attributes: { 'server.address': 'bank', 'http.response.status_code': 200 },
      });
      expect(trace?.spans[3]?.status).toBe('error');
      expect(urls[0]).toContain('query.start_time_min=2020-07-22T18:01:40.000Z');
    });
  });

  it('takes "no traces" as none', async () => {
    const none = () => [404, { error: { httpCode: 404, message: 'No traces found' } }] as [number, unknown];
    await withJaeger([none], async (jaeger) => expect(await jaeger.findTraces(SEARCH)).toEqual([]));
  });

  it('waits until no more spans come', async () => {
    const part = { result: { resourceSpans: RECORDED.result.resourceSpans.slice(0, 2) } };
    await withJaeger([() => [200, part], () => [200, RECORDED], () => [200, RECORDED]], async (jaeger, urls) => {
      expect((await jaeger.findCompleteTraces(SEARCH))[0]?.spans).toHaveLength(4);
      expect(urls).toHaveLength(3);
    });
  });
});

describe('exclusive time', () => {
  it('gives the delay to the edge where it is, and to nobody else', async () => {
    await withJaeger([() => [200, RECORDED]], async (jaeger) => {
      expect(exclusiveTimes(await jaeger.findTraces(SEARCH))).toEqual({
        bank: { lowestDecileMs: 8, count: 1 },
        payments: { lowestDecileMs: 7, count: 1 },
        'payments → bank': { lowestDecileMs: 202, count: 1 },
        'payments → postgres': { lowestDecileMs: 3, count: 1 },
      });
    });
  });

  it('counts concurrent calls once, looks through internal spans, and takes the lowest decile', () => {
    const make = (
      spanId: string,
      parentId: string | undefined,
      kind: Span['kind'],
      startMs: number,
      durationMs: number,
    ): Span => ({
      traceId: 't',
      spanId,
      ...(parentId === undefined ? {} : { parentId }),
      service: 'orders',
      name: spanId,
      kind,
      startMs,
      durationMs,
      status: 'unset',
      attributes: {},
    });
    const trace: Trace = {
      traceId: 't',
      spans: [
        make('s', undefined, 'server', 0, 100),
        make('i', 's', 'internal', 5, 70),
        make('c1', 'i', 'client', 10, 50),
        make('c2', 'i', 'client', 20, 50),
        make('c3', 's', 'client', 90, 30),
      ],
    };
    // 100 − (10…70) − (90…100): the last call outlives its server span.
    expect(exclusiveTimes([trace])).toEqual({ orders: { lowestDecileMs: 30, count: 1 } });
    const own = (durationMs: number) => ({ traceId: 'u', spans: [make('s', undefined, 'server', 0, durationMs)] });
    // A processor that is busy for most of the requests moves the median, and not this; a delay of all of them moves it.
    const busy = (delayMs: number) => Array.from({ length: 20 }, (_, at) => own(delayMs + (at < 6 ? at : 90)));
    expect(exclusiveTimes(busy(10))).toEqual({ orders: { lowestDecileMs: 11, count: 20 } });
    expect(exclusiveTimes(busy(20))).toEqual({ orders: { lowestDecileMs: 21, count: 20 } });
  });
});
