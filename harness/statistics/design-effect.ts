/** Yes-or-no trials that come in clusters, such as all requests that ended within one second, and what their clustering costs. */
export interface ClusteredTrials {
  /** Clusters come one after the other; what belongs to an earlier one is counted with the latest. */
  add(cluster: number, isHit: boolean): void;
  readonly trials: number;
  readonly hits: number;
  /**
   * How many trials tell as much as one that is independent, at least 1, and 1 within what chance makes of independent ones: the variance of the share of hits between clusters, divided by that
   * of independent trials. Trials and hits divided by it are what a test for independent trials may be given (J. N. K. Rao and A. J. Scott,
   * "A simple method for the analysis of clustered binary data", Biometrics 48, 1992). Of one cluster alone nothing is known: as many as there are.
   */
  designEffect(): number;
}

/**
 * So many standard deviations above 1 the ratio lies by chance alone: of independent trials it is chi-square over its degrees of freedom (R. A.
 * Fisher's index of dispersion, Statistical Methods for Research Workers, 1925, 57), with a variance of 2 over those.
 */
const CHANCE_DEVIATIONS = 1;

/** Counts trials; nothing is kept of a cluster but its part of the sums. */
export function clusteredTrials(): ClusteredTrials {
  const all = { clusters: 0, trials: 0, hits: 0, hitsSquared: 0, product: 0, trialsSquared: 0 };
  let open: { readonly cluster: number; readonly trials: number; readonly hits: number } | undefined;
  return {
    add(cluster, isHit) {
      const before = open !== undefined && cluster <= open.cluster ? open : undefined;
      const now = {
        cluster: before?.cluster ?? cluster,
        trials: (before?.trials ?? 0) + 1,
        hits: (before?.hits ?? 0) + (isHit ? 1 : 0),
      };
      all.clusters += before === undefined ? 1 : 0;
      all.trials += 1;
      all.hits += isHit ? 1 : 0;
      all.hitsSquared += now.hits ** 2 - (before?.hits ?? 0) ** 2;
      all.product += now.hits * now.trials - (before === undefined ? 0 : before.hits * before.trials);
      all.trialsSquared += now.trials ** 2 - (before?.trials ?? 0) ** 2;
      open = now;
    },
    get trials() {
      return all.trials;
    },
    get hits() {
      return all.hits;
    },
    designEffect() {
      const { clusters, trials, hits, hitsSquared, product, trialsSquared } = all;
      if (hits === 0 || hits === trials) return 1;
      if (clusters < 2) return trials;
      const share = hits / trials;
      const squares = hitsSquared - 2 * share * product + share ** 2 * trialsSquared;
      const ratio = ((clusters / (clusters - 1)) * squares) / (trials * share * (1 - share));
      return ratio > 1 + CHANCE_DEVIATIONS * Math.sqrt(2 / (clusters - 1)) ? ratio : 1;
    },
  };
}
