import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { CommonSettings } from './settings';

/** The figures of one service, in a registry of its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestDuration: Histogram<'route' | 'method' | 'status'>;
  /** 1 while calls to `upstream` are refused by its circuit breaker. */
  readonly circuitOpen: Gauge<'upstream'>;
}

export function createMetrics(settings: Pick<CommonSettings, 'SERVICE_NAME' | 'ROLLPROOF_REVISION'>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'service_info',
    help: 'Always 1: which service and revision this is.',
    labelNames: ['name', 'version'],
    registers: [registry],
  });
  info.set({ name: settings.SERVICE_NAME, version: settings.ROLLPROOF_REVISION }, 1);
  return {
    registry,
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the head of a request to its answer.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    circuitOpen: new Gauge({
      name: 'circuit_breaker_open',
      help: '1 while calls to the upstream are refused without trying.',
      labelNames: ['upstream'],
      registers: [registry],
    }),
  };
}
