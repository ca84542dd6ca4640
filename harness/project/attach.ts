import { rolloutSentence } from '../contract/rollout-words';
import { releaseSentence } from '../contract/release-words';
import { recover } from '../delivery/recover';
import { recoverRelease } from '../delivery/release/recover-release';
import { awaitNoGuardian } from '../docker/sweep';
import type { BegunStack } from './begun-stack';
import { deliveryPortsOf } from './delivery-ports';
import { ownersOf } from './locks';
import { connect, lookForEdgeLack, takeHold, type Hold } from './hold';
import { unfinishedRelease } from './release/file';
import { releasePortsOf } from './release/live';
import type { RunningStack } from './running-stack';

/**
 * Takes hold of a stack that an earlier command left up, and ends the rollouts of a controller that died, of the services that are held. The
 * guardian of that may still be giving a share back: what it does not finish is not ours to read. That of a process that lives is waited for by
 * nobody: it rolls out another service.
 * @throws HarnessError `project-locked`
 */
export async function attach(stack: BegunStack): Promise<RunningStack> {
  const { loaded } = stack.options;
  await awaitNoGuardian(loaded.project, { livingOwners: () => ownersOf(loaded.stateDirectory) });
  stack.coming = Object.keys(unfinishedRelease(loaded)?.to.managed ?? {});
  const hold = await takeHold(stack, 'kept');
  // First: whatever else of the stack is broken, what was cut off goes back.
  await endCutOffRollouts(stack, hold);
  await endCutOffRelease(stack, hold);
  return connect(stack, hold, { edgeLack: await lookForEdgeLack(stack), isFresh: false });
}

async function endCutOffRollouts(stack: BegunStack, hold: Hold): Promise<void> {
  const { services } = stack.options;
  const only = services === undefined ? {} : { services };
  for (const ended of await recover({ ports: deliveryPortsOf(stack, hold), ...only })) {
    stack.options.progress.step(`ended a rollout that was cut off: ${rolloutSentence(ended)}`);
  }
}

/** After its rollouts: what has become of them says whether it goes through or back. */
async function endCutOffRelease(stack: BegunStack, hold: Hold): Promise<void> {
  const unfinished = unfinishedRelease(stack.options.loaded);
  if (unfinished === undefined) return;
  const ended = await recoverRelease(
    releasePortsOf(stack, { delivery: deliveryPortsOf(stack, hold), keeper: hold.keeper }, unfinished),
  );
  if (ended === undefined) return;
  stack.options.progress.step(`ended a release that was cut off: ${releaseSentence(ended)}`);
}
