/** Yes-or-no trials that come in clusters, such as all requests that ended within one second, and what their clustering costs. */
export interface ClusteredTrials {
  add(cluster: number, isHit: boolean): void;
  /** Takes everything of a cluster out again. */
  drop(cluster: number): void;
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

interface Cluster {
  readonly number: number;
  trials: number;
  hits: number;
}

/** Counts trials. */
export function clusteredTrials(): ClusteredTrials {
  const all = { trials: 0, hits: 0, hitsSquared: 0, product: 0, trialsSquared: 0 };
  const known = new Map<number, Cluster>();
  let latest: Cluster | undefined;
  const change = ({ trials, hits }: Cluster, sign: 1 | -1) => {
    all.trials += sign * trials;
    all.hits += sign * hits;
    all.hitsSquared += sign * hits * hits;
    all.product += sign * hits * trials;
    all.trialsSquared += sign * trials * trials;
  };
  const clusterOf = (number: number): Cluster => {
    if (latest?.number === number) return latest;
    latest = known.get(number) ?? { number, trials: 0, hits: 0 };
    known.set(number, latest);
    return latest;
  };
  return {
    add(number, isHit) {
      const own = clusterOf(number);
      change(own, -1);
      own.trials += 1;
      if (isHit) own.hits += 1;
      change(own, 1);
    },
    drop(number) {
      const own = known.get(number);
      if (own === undefined) return;
      change(own, -1);
      known.delete(number);
      latest = undefined;
    },
    get trials() {
      return all.trials;
    },
    get hits() {
      return all.hits;
    },
    designEffect() {
      const { trials, hits, hitsSquared, product, trialsSquared } = all;
      const clusters = known.size;
      if (hits === 0 || hits === trials) return 1;
      if (clusters < 2) return trials;
      const share = hits / trials;
      const squares = hitsSquared - 2 * share * product + share ** 2 * trialsSquared;
      const ratio = ((clusters / (clusters - 1)) * squares) / (trials * share * (1 - share));
      return ratio > 1 + CHANCE_DEVIATIONS * Math.sqrt(2 / (clusters - 1)) ? ratio : 1;
    },
  };
}
