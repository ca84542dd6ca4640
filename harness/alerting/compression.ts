import { HarnessError } from '../core/errors';

/**
 * Requests that a rule's window must hold. At a true error ratio of 3 %, a window of 600 requests shows more than 5 % with a
 * probability of 0.3 %; one of 20 does so with 12 %.
 */
const MIN_REQUESTS_PER_WINDOW = 600;

/** Production's scrape and evaluation interval. */
export const SCRAPE_INTERVAL_MS = 15_000;

/** Prometheus is never asked to scrape and evaluate more often than this: below it, jitter is a large part of the interval. */
export const MIN_SCRAPE_INTERVAL_MS = 500;

export interface Compression {
  /** Every duration is divided by this. At least 1. */
  readonly factor: number;
  /** One sentence: why this factor and no higher one. */
  readonly reason: string;
}

/** What one alert needs. */
export interface AlertTraffic {
  /** The alert. */
  readonly name: string;
  /** Requests per second of the rarest series that the rule looks at, not of the whole mix. */
  readonly ratePerSecond: number;
  /** The rule's window at production speed. */
  readonly windowMs: number;
}

/**
 * How much faster than production the alerts may run on their traffic: for each K ≤ rate × window ÷ 600, the least of all, rounded down to
 * a factor that leaves every interval whole milliseconds. Throws `compression-too-high` when more is requested.
 */
export function compressionFactor(alerts: readonly AlertTraffic[], requested?: number): Compression {
  const limits = alerts.map((alert) => ({ ...alert, ...limitOf(alert) })).sort((a, b) => a.most - b.most);
  const [tightest] = limits;
  if (tightest === undefined) return { factor: 1, reason: 'no alert is configured' };
  const windows = alerts.map(({ windowMs }) => windowMs);
  const limit = wholeFactor(tightest.most, windows);
  const { reason } = tightest;
  if (requested === undefined) return { factor: limit, reason };
  if (!Number.isInteger(requested) || requested < 1 || requested > tightest.most) {
    throw new HarnessError('compression-too-high', {
      message: `cannot run the alerts ${requested}× faster: ${reason}`,
      facts: { requested, limit, alert: tightest.name, ratePerSecond: tightest.ratePerSecond },
      hint: `Use a whole factor of at most ${limit}, or send more traffic.`,
    });
  }
  return { factor: wholeFactor(requested, windows), reason };
}

function limitOf({ name, ratePerSecond, windowMs }: AlertTraffic): { readonly most: number; readonly reason: string } {
  const requestsPerWindow = (ratePerSecond * windowMs) / 1_000;
  const byTraffic = Math.floor(requestsPerWindow / MIN_REQUESTS_PER_WINDOW + 1e-9);
  const bySpeed = SCRAPE_INTERVAL_MS / MIN_SCRAPE_INTERVAL_MS;
  const traffic = `${name}: ${round(ratePerSecond)} requests/s over ${windowMs / 1_000} s are ${round(requestsPerWindow)} a window`;
  const reason =
    byTraffic < 1
      ? `${traffic}, fewer than the ${MIN_REQUESTS_PER_WINDOW} that keep chance out: production speed`
      : byTraffic > bySpeed
        ? `${traffic}, enough for ${byTraffic}×; scraping every ${MIN_SCRAPE_INTERVAL_MS} ms allows ${bySpeed}×`
        : `${traffic}; ${MIN_REQUESTS_PER_WINDOW} must remain in a compressed one: up to ${byTraffic}×`;
  return { most: Math.max(1, Math.min(byTraffic, bySpeed)), reason };
}

function wholeFactor(limit: number, windowsMs: readonly number[]): number {
  const divides = (factor: number) =>
    [SCRAPE_INTERVAL_MS, ...windowsMs].every((durationMs) => durationMs % factor === 0);
  let factor = limit;
  while (factor > 1 && !divides(factor)) factor -= 1;
  return factor;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
