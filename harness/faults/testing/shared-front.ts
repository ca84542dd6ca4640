import { emptyFront, type FrontState } from '../../front/config';
import { withSlot } from '../../front/state';

/** Gives the share of a candidate back to stable. */
export const GIVE_BACK = {
  id: 'share',
  action: 'weights',
  service: 'orders',
  stable: 'orders-r1',
  candidate: 'orders-r2',
} as const;

/** A front that `orders-r1` (blue) and `orders-r2` (green) share, a replica each. */
export function sharedFront(blue: number, epoch: number): FrontState {
  const empty = { ...emptyFront('orders', 8080, '/readyz'), weights: { blue, green: 100 - blue }, epoch };
  const stable = withSlot(empty, 'blue', { label: 'orders-r1', servers: ['10.0.0.2'], mode: 'ready' });
  return withSlot(stable, 'green', { label: 'orders-r2', servers: ['10.0.0.3'], mode: 'ready' });
}
