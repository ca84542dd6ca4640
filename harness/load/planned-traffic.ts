import type { LoadConfig } from '../contract/config';

/** Requests a second that each service is to get from the load, by what its kinds of requests say they pass. */
export function plannedTraffic(load: LoadConfig): Readonly<Record<string, number>> {
  const kinds = Object.values(load.requests);
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const rates: Record<string, number> = {};
  for (const { weight, passes = [load.service] } of kinds) {
    for (const service of passes) {
      rates[service] = (rates[service] ?? 0) + (load.ratePerSecond * weight) / total;
    }
  }
  return rates;
}
