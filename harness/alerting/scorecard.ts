import type { AlertEpisode, AlertEvidence } from '../contract/alert-facts';
import type { WatchedAlert } from '../contract/alerts';
import { compress } from './durations';

export interface EvidenceInput {
  readonly alert: WatchedAlert;
  readonly factor: number;
  /** The measured ratio at each evaluation of the window, one list a service. NaN (no traffic) is left out. */
  readonly ratios: readonly (readonly number[])[];
  /** Episodes that touch the window. */
  readonly episodes: readonly AlertEpisode[];
}

/**
 * Why an alert fired or did not: it may stay silent because the errors were few, or because they were short. An episode that
 * fired counts as 1 × `for`.
 */
export function alertEvidence(input: EvidenceInput): Omit<AlertEvidence, 'gaps'> {
  const { alert, factor, episodes } = input;
  const services = input.ratios.map((ratios) => ratios.filter((ratio) => Number.isFinite(ratio)));
  const all = services.flat();
  const forMs = compress(alert.forMs, factor);
  return {
    alert: alert.name,
    fired: episodes.some((episode) => episode.firingAtMs !== undefined),
    peakOverThreshold: all.reduce((peak, ratio) => Math.max(peak, ratio), 0) / alert.limit,
    pendingOverFor: episodes.reduce((longest, episode) => Math.max(longest, pendingShare(episode, forMs)), 0),
    meanRatio: services.reduce((worst, ratios) => Math.max(worst, mean(ratios)), 0),
    compression: factor,
    samples: all.length,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function pendingShare(episode: AlertEpisode, forMs: number): number {
  if (episode.firingAtMs !== undefined) return 1;
  return Math.min(1, ((episode.lastPendingAtMs ?? episode.pendingAtMs) - episode.pendingAtMs) / forMs);
}
