import { z } from 'zod';
import { poll } from '../core/poll';
import { HttpClient, type Address } from './http-client';
import { remoteWriteBody, type WrittenSample } from './remote-write';

/** A value and when it held, wall ms. */
export interface Sample {
  readonly atMs: number;
  /** May be NaN or infinite, as PromQL has it. */
  readonly value: number;
}

export interface InstantSeries extends Sample {
  readonly labels: Readonly<Record<string, string>>;
}

export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** An alert as its rule last saw it. */
export interface RuleAlert {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  /** The first evaluation of this episode that was over the limit. */
  readonly activeAtMs: number;
}

/** An alerting rule and the alerts it holds. */
export interface AlertingRuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  /** How long it must hold before it fires. */
  readonly forMs: number;
  /** How often it is evaluated; absent where Prometheus does not say. */
  readonly intervalMs?: number;
  /** Wall ms; 0 before the first. */
  readonly lastEvaluationMs: number;
  readonly alerts: readonly RuleAlert[];
}

/** Prometheus' HTTP API, as much as is needed. Times are wall ms. */
export class Prometheus {
  readonly #http: HttpClient;

  constructor(address: Address) {
    this.#http = new HttpClient('Prometheus', address);
  }

  async query(
    expression: string,
    options: { readonly atMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<InstantSeries[]> {
    const params = { query: expression, ...(options.atMs === undefined ? {} : { time: options.atMs / 1_000 }) };
    const data = await this.#get('/api/v1/query', VECTOR, params, options.signal);
    return data.result.map(({ metric, value }) => ({ labels: metric, ...sample(value) }));
  }

  async queryRange(
    expression: string,
    range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number; readonly signal?: AbortSignal },
  ): Promise<RangeSeries[]> {
    const { startMs, endMs, stepMs, signal } = range;
    const params = { query: expression, start: startMs / 1_000, end: endMs / 1_000, step: stepMs / 1_000 };
    const data = await this.#get('/api/v1/query_range', MATRIX, params, signal);
    return data.result.map(({ metric, values }) => ({ labels: metric, samples: values.map(sample) }));
  }

  /** Writes samples, by remote write: Prometheus takes it with `--web.enable-remote-write-receiver`. */
  async write(samples: readonly WrittenSample[], signal?: AbortSignal): Promise<void> {
    await this.#http.send({
      method: 'POST',
      url: '/api/v1/write',
      data: remoteWriteBody(samples),
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      },
      ...(signal && { signal }),
    });
  }

  /** Alerting rules with their alerts; inactive rules hold none. */
  async rules(signal?: AbortSignal): Promise<AlertingRuleState[]> {
    const data = await this.#get('/api/v1/rules', RULES, { type: 'alert' }, signal);
    return data.groups.flatMap((group) =>
      group.rules.map((rule) => ({
        name: rule.name,
        health: rule.health,
        ...(rule.lastError === undefined ? {} : { lastError: rule.lastError }),
        forMs: rule.duration * 1_000,
        ...(group.interval === undefined ? {} : { intervalMs: group.interval * 1_000 }),
        lastEvaluationMs: Math.max(0, Date.parse(rule.lastEvaluation)),
        alerts: rule.alerts.map(ruleAlert),
      })),
    );
  }

  /** Pending and firing alerts. */
  async alerts(signal?: AbortSignal): Promise<RuleAlert[]> {
    return (await this.#get('/api/v1/alerts', z.object({ alerts: z.array(ALERT) }), {}, signal)).alerts.map(ruleAlert);
  }

  /**
   * Waits until at least one series matches `selector` and every one has `samples` scrapes: being ready is not yet scraping.
   * Throws `not-scraping`.
   */
  async awaitScraping(
    samples: number,
    options: {
      /** Default: every front is up. */
      readonly selector?: string;
      /** How many series must match. Default 1. */
      readonly series?: number;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<void> {
    const { selector = 'up{job="fronts"} == 1', series = 1, timeoutMs, signal } = options;
    const bare = selector.replace(/\s*(==|>).*$/, '');
    let seen: Record<string, unknown> = {};
    await poll(
      async () => {
        const held = await this.query(selector, { ...(signal && { signal }) });
        const counts = await this.query(`count_over_time(${bare}[1h])`, { ...(signal && { signal }) });
        const fewest = counts.reduce((least, { value }) => Math.min(least, value), Infinity);
        seen = { series: held.length, scraped: counts.length, fewestSamples: Number.isFinite(fewest) ? fewest : 0 };
        return held.length >= Math.max(series, counts.length) && fewest >= samples ? true : undefined;
      },
      {
        condition: `Prometheus has ${samples} samples of each of at least ${series} series ${selector}`,
        code: 'not-scraping',
        hint: 'Look at /targets in Prometheus: which one is down, and why.',
        timeoutMs,
        intervalMs: 200,
        describe: () => seen,
        ...(signal && { signal }),
      },
    );
  }

  async #get<T>(
    path: string,
    schema: z.ZodType<T>,
    params: Record<string, string | number>,
    signal?: AbortSignal,
  ): Promise<T> {
    const envelope = z.object({ status: z.literal('success'), data: schema });
    const answer = await this.#http.get(path, envelope, { params, ...(signal && { signal }) });
    // `get` answers undefined for allowed statuses only, and none is allowed here.
    return (answer as z.infer<typeof envelope>).data;
  }
}

const LABELS = z.record(z.string(), z.string());
const POINT = z.tuple([z.number(), z.string()]);
const VECTOR = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: LABELS, value: POINT })),
});
const MATRIX = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: LABELS, values: z.array(POINT) })),
});
const ALERT = z.object({
  labels: LABELS,
  annotations: LABELS,
  state: z.enum(['pending', 'firing']),
  activeAt: z.string(),
  value: z.string(),
});
const RULES = z.object({
  groups: z.array(
    z.object({
      /** Seconds. */
      interval: z.number().optional(),
      rules: z.array(
        z.object({
          name: z.string(),
          health: z.string(),
          lastError: z.string().optional(),
          /** Seconds. */
          duration: z.number(),
          lastEvaluation: z.string(),
          alerts: z.array(ALERT),
        }),
      ),
    }),
  ),
});

function sample([seconds, text]: readonly [number, string]): Sample {
  return { atMs: seconds * 1_000, value: promNumber(text) };
}

function promNumber(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function ruleAlert(alert: z.infer<typeof ALERT>): RuleAlert {
  const { alertname: name = '', ...labels } = alert.labels;
  const { state, annotations } = alert;
  return { name, state, labels, annotations, value: promNumber(alert.value), activeAtMs: Date.parse(alert.activeAt) };
}
