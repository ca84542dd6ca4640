import { isRecord } from '../core/guards';
import { MIN_SCRAPE_INTERVAL_MS, SCRAPE_INTERVAL_MS } from './compression';
import { compress, formatDuration, parseDuration } from './durations';
import { RULE_FILE } from './rule-file';

/** Alertmanager's timings at production speed, ms. */
const ALERTMANAGER_DEFAULTS = { groupWaitMs: 30_000, groupIntervalMs: 60_000, repeatIntervalMs: 14_400_000 };

/** Prometheus' own defaults for flags that are durations, ms. */
const LOOKBACK_DELTA_MS = 300_000;
const RESEND_DELAY_MS = 60_000;

/** A parsed YAML mapping. */
export type YamlMapping = Readonly<Record<string, unknown>>;

/**
 * A Prometheus configuration at `factor` times its speed: scrape and evaluation intervals and timeouts are divided, everything
 * else stays. No interval goes below {@link MIN_SCRAPE_INTERVAL_MS}. {@link RULE_FILE} is loaded beside the rule files that it names.
 */
export function prometheusConfig(production: YamlMapping, factor: number): YamlMapping {
  return atSpeed(withRuleFile(production), factor);
}

function withRuleFile(production: YamlMapping): YamlMapping {
  const named = Array.isArray(production['rule_files']) ? (production['rule_files'] as unknown[]) : [];
  return named.includes(RULE_FILE) ? production : { ...production, rule_files: [...named, RULE_FILE] };
}

/** How often Prometheus scrapes where a job says nothing else, ms. */
export function scrapeIntervalMs(production: YamlMapping): number {
  const { scrape_interval: interval } = globalOf(production);
  return typeof interval === 'string' ? parseDuration(interval) : SCRAPE_INTERVAL_MS;
}

function globalOf(production: YamlMapping): YamlMapping {
  return {
    scrape_interval: formatDuration(SCRAPE_INTERVAL_MS),
    evaluation_interval: formatDuration(SCRAPE_INTERVAL_MS),
    ...(isRecord(production['global']) ? production['global'] : {}),
  };
}

function atSpeed(production: YamlMapping, factor: number): YamlMapping {
  if (factor === 1) return production;
  const global = globalOf(production);
  const jobs = Array.isArray(production['scrape_configs']) ? (production['scrape_configs'] as unknown[]) : [];
  return {
    ...production,
    global: scaleKeys(global, SCRAPE_KEYS, factor, MIN_SCRAPE_INTERVAL_MS),
    scrape_configs: jobs.map((job) =>
      isRecord(job) ? scaleKeys(job, SCRAPE_KEYS, factor, MIN_SCRAPE_INTERVAL_MS) : job,
    ),
  };
}

/** An Alertmanager configuration at `factor` times its speed: every route's waits are divided, those left out included. */
export function alertmanagerConfig(production: YamlMapping, factor: number): YamlMapping {
  if (factor === 1) return production;
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = ALERTMANAGER_DEFAULTS;
  const route = isRecord(production['route']) ? production['route'] : {};
  const defaults = {
    group_wait: formatDuration(groupWaitMs),
    group_interval: formatDuration(groupIntervalMs),
    repeat_interval: formatDuration(repeatIntervalMs),
  };
  return { ...production, route: scaleRoute({ ...defaults, ...route }, factor) };
}

/** Prometheus' flags at `factor` times production's speed. */
export function prometheusFlags(factor: number): { readonly lookbackDelta: string; readonly resendDelay: string } {
  return {
    lookbackDelta: formatDuration(compress(LOOKBACK_DELTA_MS, factor)),
    resendDelay: formatDuration(compress(RESEND_DELAY_MS, factor)),
  };
}

const SCRAPE_KEYS = ['scrape_interval', 'scrape_timeout', 'evaluation_interval'];
const ROUTE_KEYS = ['group_wait', 'group_interval', 'repeat_interval'];

function scaleRoute(route: YamlMapping, factor: number): YamlMapping {
  const children = Array.isArray(route['routes']) ? (route['routes'] as unknown[]) : undefined;
  return {
    ...scaleKeys(route, ROUTE_KEYS, factor, 1),
    ...(children && { routes: children.map((child) => (isRecord(child) ? scaleRoute(child, factor) : child)) }),
  };
}

function scaleKeys(mapping: YamlMapping, keys: readonly string[], factor: number, floorMs: number): YamlMapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([key, value]) =>
      keys.includes(key) && typeof value === 'string'
        ? [key, formatDuration(Math.max(floorMs, compress(parseDuration(value), factor)))]
        : [key, value],
    ),
  );
}
