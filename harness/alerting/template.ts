import type { ErrorRateAlert } from '../contract/config';
import { SCRAPE_INTERVAL_MS } from './compression';
import { compress, formatDuration } from './durations';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** A Prometheus rule file. */
export interface RuleFile {
  readonly groups: readonly RuleGroup[];
}

/** Name of the alert that {@link errorRateRules} makes. */
export const HIGH_ERROR_RATE = 'HighErrorRate';

/** How long an alert stays firing after its last bad evaluation, at production speed: bridges one missed scrape. */
const KEEP_FIRING_MS = 30_000;

/**
 * Errors that a window must hold before their ratio counts: one failed request on a quiet service is no page. Counts errors and
 * not traffic, so that a quiet service that is wholly down still pages. `increase` extrapolates one error to at most 1.33 of them.
 */
const MIN_ERRORS_PER_WINDOW = 2;

/** The names of the recorded series: the window in them is production's at every speed. */
function seriesNames(alert: ErrorRateAlert): { requests: string; errors: string; ratio: string } {
  const window = formatDuration(alert.windowMs);
  return {
    requests: `service:requests:increase${window}`,
    errors: `service:request_errors:increase${window}`,
    ratio: `service:request_errors:ratio_rate${window}`,
  };
}

/** The ratio of each service that the alert watches. */
export function alertSelector(alert: ErrorRateAlert): string {
  return `${seriesNames(alert).ratio}{service=~"${alert.services.map(escapeForRegex).join('|')}"}`;
}

/**
 * "More than `threshold` of the requests fail, for `forMs`", at `factor` times production's speed. Factor 1 is the production
 * file; another factor changes durations and nothing else. Reads the fronts' own counters, so that it needs nothing of the
 * application and sees answers that no replica gave; without fronts it reads the services' own histogram.
 */
export function errorRateRules(alert: ErrorRateAlert, factor: number): RuleFile {
  const scaled = (durationMs: number) => formatDuration(compress(durationMs, factor));
  const window = scaled(alert.windowMs);
  const names = seriesNames(alert);
  const perService = (selector: string) => `sum by (service) (increase(${selector}[${window}]))`;
  const limit = `${Number((alert.threshold * 100).toFixed(3))}%`;
  return {
    groups: [
      {
        name: 'error-rate',
        interval: scaled(SCRAPE_INTERVAL_MS),
        rules: [
          {
            record: names.requests,
            expr: [perService(`${FRONT_RESPONSES}{${FRONT_TRAFFIC}}`), `or ${perService(SERVICE_REQUESTS)}`].join('\n'),
          },
          {
            record: names.errors,
            expr: [
              perService(`${FRONT_RESPONSES}{${FRONT_TRAFFIC}, code="5xx"}`),
              `or ${perService(`${SERVICE_REQUESTS}{status=~"5.."}`)}`,
              `or 0 * ${names.requests}`,
            ].join('\n'),
          },
          { record: names.ratio, expr: `${names.errors} / (${names.requests} > 0)` },
          {
            alert: HIGH_ERROR_RATE,
            expr: [
              `${alertSelector(alert)} > ${alert.threshold}`,
              `and on (service) ${names.errors} >= ${MIN_ERRORS_PER_WINDOW}`,
            ].join('\n'),
            for: scaled(alert.forMs),
            keep_firing_for: scaled(KEEP_FIRING_MS),
            labels: { severity: alert.severity, owner: alert.owner },
            annotations: {
              summary: `{{ $labels.service }}: {{ $value | humanizePercentage }} of requests fail (limit ${limit} for ${scaled(alert.forMs)})`,
              description: `{{ $labels.service }} answered {{ $value | humanizePercentage }} of its requests with 5xx over the last ${window}; the limit is ${limit}, for ${scaled(alert.forMs)}.`,
              runbook_url: alert.runbook,
            },
          },
        ],
      },
    ],
  };
}

/** Counter of HAProxy's exporter: every answer that a front gave, its own 503s included. */
const FRONT_RESPONSES = 'haproxy_frontend_http_responses_total';

/** The front's own frontends (metrics, readiness) answer 503 on purpose; the one with the traffic is told by its name. */
const FRONT_TRAFFIC = 'proxy="traffic"';

/** Histogram of the services themselves. */
const SERVICE_REQUESTS = 'http_request_duration_seconds_count';

function escapeForRegex(text: string): string {
  // A backslash must be doubled inside PromQL's quotes.
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&');
}
