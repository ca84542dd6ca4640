/** A number of replicas, or a share of those that are asked for: `1`, `'25%'`. */
export type Amount = number | string;

/** What a rolling rollout promises of the replicas of both revisions together, at every instant. */
export interface Bounds {
  /** At least so many are ready. */
  readonly ready: number;
  /** At most so many run. */
  readonly total: number;
  /** At the end so many of the old revision are kept warm: as many as may run beside the new ones. */
  readonly warm: number;
}

export interface RollingOptions {
  readonly maxSurge: Amount;
  readonly maxUnavailable: Amount;
}

/**
 * As Kubernetes resolves them: a share of the surge is rounded up and one of the unavailable down, and where both come to nothing one may be
 * unavailable, since nothing could be exchanged. What two sizes of a service have in common is promised where a release changes it.
 * Source: `ResolveFenceposts` of Kubernetes' deployment controller.
 */
export function boundsOf(
  { maxSurge, maxUnavailable }: RollingOptions,
  { from, to }: { readonly from: number; readonly to: number },
): Bounds {
  const surge = resolved(maxSurge, to, Math.ceil);
  const unavailable = resolved(maxUnavailable, to, Math.floor);
  const less = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return {
    ready: Math.max(0, Math.min(from, to) - less),
    total: Math.max(from, to) + surge,
    warm: Math.min(from, surge),
  };
}

function resolved(amount: Amount, of: number, round: (value: number) => number): number {
  return typeof amount === 'number' ? amount : round((Number.parseInt(amount, 10) * of) / 100);
}

/** How many times the new revision has grown, and shares the traffic, when all goes well: so often it is judged. */
export function stagesOf(bounds: Bounds, { from, to }: { readonly from: number; readonly to: number }): number {
  let [old, fresh, stages] = [from, 0, 0];
  for (;;) {
    const grown = Math.min(to - fresh, bounds.total - old - fresh);
    if (grown > 0) {
      fresh += grown;
      if (old > 0) stages += 1;
      continue;
    }
    const gone = Math.min(old - bounds.warm, old + fresh - bounds.ready);
    if (gone <= 0) return stages;
    old -= gone;
  }
}
