import type { LoadConfig } from '../contract/config';

/** Requests a second that each service is to get from the load, by what its kinds of requests say they pass. */
export function plannedTraffic(load: LoadConfig): ReadonlyMap<string, number> {
  const kinds = Object.values(load.requests);
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const rates = new Map<string, number>();
  for (const { weight, passes = [load.service] } of kinds) {
    for (const service of passes) {
      rates.set(service, (rates.get(service) ?? 0) + (load.ratePerSecond * weight) / total);
    }
  }
  return rates;
}
