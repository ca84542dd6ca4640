import type { BegunStack } from './begun-stack';
import { connect, lookForEdgeLack, takeHold } from './hold';
import type { RunningStack } from './running-stack';

/** Takes hold of a stack that an earlier command left up. */
export async function attach(stack: BegunStack): Promise<RunningStack> {
  const hold = await takeHold(stack, 'kept');
  return connect(stack, hold, await lookForEdgeLack(stack));
}
