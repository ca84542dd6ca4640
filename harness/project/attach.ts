import { awaitNoGuardian } from '../docker/sweep';
import type { BegunStack } from './begun-stack';
import { connect, lookForEdgeLack, takeHold } from './hold';
import type { RunningStack } from './running-stack';

/**
 * Takes hold of a stack that an earlier command left up. The guardian of one that died may still be giving a share back: what it does not
 * finish is not ours to read.
 * @throws HarnessError `project-locked`
 */
export async function attach(stack: BegunStack): Promise<RunningStack> {
  await awaitNoGuardian(stack.options.loaded.project);
  const hold = await takeHold(stack, 'kept');
  return connect(stack, hold, { edgeLack: await lookForEdgeLack(stack), isFresh: false });
}
