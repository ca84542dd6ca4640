import type { Alert } from '../contract/alerts';
import { compress } from './durations';

/** One episode of an alert for one set of labels. Times are wall ms by the source's own record; absent: it did not happen. */
export interface AlertEpisode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The annotation of that name as the pager had it; before that, as last seen. */
  readonly summary?: string;
  /** The rule's value when the pager was notified; before that, when last seen active. */
  readonly value?: number;
  readonly pendingAtMs: number;
  /** The last evaluation that found it pending. */
  readonly lastPendingAtMs?: number;
  readonly firingAtMs?: number;
  /** The pager had it. */
  readonly notifiedAtMs?: number;
  /** The rule let go. */
  readonly inactiveAtMs?: number;
  /** The pager was told that it is over. */
  readonly resolvedAtMs?: number;
}

/** How near an alert came to firing, and whether it did. */
export interface AlertEvidence {
  readonly alert: string;
  readonly fired: boolean;
  /** Peak of the measured ratio ÷ the limit. */
  readonly peakOverThreshold: number;
  /** Longest pending ÷ `for`. */
  readonly pendingOverFor: number;
  /** Mean of the measured ratio, of the service that was worst. 0 without samples. */
  readonly meanRatio: number;
  readonly compression: number;
  /** Evaluations that the peak was taken from. 0: nothing can be said. */
  readonly samples: number;
}

export interface EvidenceInput {
  readonly alert: Alert;
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
export function alertEvidence(input: EvidenceInput): AlertEvidence {
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
