import type { MessageOutcome, MessageOutcomeKind, MetricValue } from '../../contract/outcomes';
import { THEMSELVES, defineOutcomes } from './define';

/** Where {@link metricOutcomes} asks. */
export interface MetricOutcomesOptions {
  /**
   * PromQL of counters, one series a consumer, revision and outcome: `sum by (instance, revision, outcome) (mailer_messages_total)`. Not a
   * rate: what is counted is by how much each grows, and a counter that begins anew counts from 0.
   */
  readonly query: string;
  /** The label that names the revision. Default `revision`. */
  readonly revisionLabel?: string;
  /** The label that names the outcome. Default `outcome`. */
  readonly outcomeLabel?: string;
  /** What the values of that label mean. Default: `ack`, `retry` and `dead` mean themselves. Others are no attempts, and are left out. */
  readonly values?: Readonly<Record<string, MessageOutcomeKind>>;
}

/**
 * Reads outcomes of messages from counters in the Prometheus of the configuration, which has to scrape every single consumer. It knows of
 * an attempt only that it was made: the judge compares no latency, and sees them by Prometheus' scrapes.
 */
export const metricOutcomes = defineOutcomes<MetricOutcomesOptions>({
  kind: 'metric',
  says: ({ query }) => `Prometheus: ${query}`,
  open: ({ query, revisionLabel = 'revision', outcomeLabel = 'outcome', values = THEMSELVES }, access) => {
    const before = new Map<string, number>();
    let isFirst = true;
    return {
      read: async () => {
        const series = await access.prometheus(query);
        const grown = series.flatMap((one) => growthOf(one, before, isFirst));
        isFirst = false;
        return grown.flatMap(({ key, from, to, series: { labels, atMs } }) => {
          const revision = labels[revisionLabel];
          const outcome = values[labels[outcomeLabel] ?? ''];
          if (revision === undefined || outcome === undefined) return [];
          return Array.from({ length: Math.round(to - from) }, (_one, index): MessageOutcome => {
            return { id: `${key} ${atMs} ${from + index}`, revision, outcome, endedAtMs: atMs };
          });
        });
      },
    };
  },
});

interface Growth {
  readonly key: string;
  readonly series: MetricValue;
  readonly from: number;
  readonly to: number;
}

/** By how much a counter has grown since it was last read. One that was not there before has grown from 0, unless nothing was read before. */
function growthOf(series: MetricValue, before: Map<string, number>, isFirst: boolean): Growth[] {
  const key = JSON.stringify(Object.entries(series.labels).sort());
  const last = before.get(key);
  if (!Number.isFinite(series.value)) return [];
  before.set(key, series.value);
  if (isFirst) return [];
  const from = last === undefined || series.value < last ? 0 : last;
  return series.value > from ? [{ key, series, from, to: series.value }] : [];
}
