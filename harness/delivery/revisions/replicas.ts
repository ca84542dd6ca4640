import { replicasOf } from './revision';
import type { RunningRollout } from '../rollout';

/** How many replicas of the new revision the front sees ready, of how many that were asked for. */
export interface Replicas {
  readonly ready: number;
  readonly asked: number;
}

export async function replicasNow({ ports, to, asked }: RunningRollout): Promise<Replicas> {
  return { ready: await ports.readyReplicas(to), asked: asked ?? replicasOf(to) };
}

/** Why a revision is not whole, as `1 of 2 replicas ready`; `undefined` when all that were asked for are there. */
export function lackOf({ ready, asked }: Replicas): string | undefined {
  return ready >= asked ? undefined : `${ready} of ${asked} replicas ready`;
}
