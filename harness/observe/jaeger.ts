import { z } from 'zod';
import { wallIso, wallMs } from '../core/clock';
import { poll } from '../core/poll';
import { HttpClient, type Address } from './http-client';
import { OTLP, tracesOf, type Trace } from './spans';

export interface TraceSearch {
  /** Traces that this service takes part in. */
  readonly service: string;
  /** Wall ms, both. */
  readonly startMs: number;
  readonly endMs: number;
  /** Most traces returned. Default 200. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** OpenTelemetry's exporters send a batch every 5 s unless told otherwise: earlier than this after a window, spans may be under way. */
const EXPORT_DELAY_MS = 5_000;

const SETTLE_INTERVAL_MS = 1_000;

/** Two equal counts after the export delay need three looks; a busy backend may need more. */
const SETTLE_TIMEOUT_MS = EXPORT_DELAY_MS + 15_000;

/** Thousands of traces are tens of megabytes of JSON. */
const SEARCH_TIMEOUT_MS = 30_000;

/** Jaeger's query API v3. */
export class Jaeger {
  readonly #http: HttpClient;

  constructor(
    address: Address,
    /** How often it is asked while spans still come, ms. Default 1 000. */
    private readonly settleIntervalMs = SETTLE_INTERVAL_MS,
  ) {
    this.#http = new HttpClient('Jaeger', address, SEARCH_TIMEOUT_MS);
  }

  /** Traces of a window. None is an empty list, though Jaeger answers 404 to it. */
  async findTraces(search: TraceSearch): Promise<Trace[]> {
    const { service, startMs, endMs, limit = 200, signal } = search;
    const answer = await this.#http.get('/api/v3/traces', z.object({ result: OTLP }), {
      params: {
        'query.service_name': service,
        'query.start_time_min': wallIso(startMs),
        'query.start_time_max': wallIso(endMs),
        'query.num_traces': limit,
      },
      allow: [404],
      ...(signal && { signal }),
    });
    return answer === undefined ? [] : tracesOf(answer.result);
  }

  /**
   * Traces of a window that has passed, complete: waits until every exporter has had its turn and two searches in a row found as
   * many spans. Throws `traces-incomplete` when they keep coming.
   */
  async findCompleteTraces(search: TraceSearch): Promise<Trace[]> {
    let last: readonly Trace[] = [];
    let count = -1;
    return poll(
      async () => {
        if (wallMs() < search.endMs + EXPORT_DELAY_MS) return undefined;
        const traces = await this.findTraces(search);
        const spans = spanCount(traces);
        const settled = spans === count && spans > 0;
        last = traces;
        count = spans;
        return settled ? traces : undefined;
      },
      {
        condition: `Jaeger has every span of ${search.service} in the window`,
        code: 'traces-incomplete',
        hint: 'No span at all: is the service sampled, and did it get traffic in this window?',
        timeoutMs: SETTLE_TIMEOUT_MS,
        intervalMs: this.settleIntervalMs,
        describe: () => ({ traces: last.length, spans: spanCount(last) }),
        ...(search.signal && { signal: search.signal }),
      },
    );
  }
}

function spanCount(traces: readonly Trace[]): number {
  return traces.reduce((sum, trace) => sum + trace.spans.length, 0);
}
