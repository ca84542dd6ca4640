import { listUnready } from '../compose/readiness';
import { every } from '../core/clock';
import { keepImage } from '../delivery/live';
import type { BegunStack } from './begun-stack';
import { connect, lookForEdgeLack, takeHold } from './hold';
import type { RunningStack } from './running-stack';

/** How often a person is told what is not healthy yet, ms. */
const STILL_WAITING_MS = 10_000;

const UP_TIMEOUT_MS = 180_000;

/**
 * Guardian, fronts, collector first; then Compose, until every health check passes. What has begun when it throws is taken down by
 * `stack.down()`.
 */
export async function bringUp(stack: BegunStack): Promise<RunningStack> {
  const { loaded, plan, progress, signal } = stack.options;
  stack.revisions.put(...plan.firstRevisions);
  for (const revision of plan.firstRevisions) await keepImage(loaded.project, revision);
  stack.compose.write(stack.model());
  await stack.writeTargets();
  const hold = await takeHold(stack, 'ephemeral');
  // Beside Compose, which waits for most of the time; what goes wrong here is told after what goes wrong there.
  const looking = Promise.allSettled([lookForEdgeLack(stack)]);
  progress.step('bringing the stack up', { services: Object.keys(plan.model.services).length });
  const stop = every(STILL_WAITING_MS, () => void tellWhatIsMissing(stack));
  try {
    await stack.compose.up({ wait: true, timeoutMs: UP_TIMEOUT_MS, signal });
  } finally {
    stop();
    await looking;
  }
  const [looked] = await looking;
  if (looked.status === 'rejected') throw looked.reason;
  return connect(stack, hold, { edgeLack: looked.value, isFresh: true });
}

async function tellWhatIsMissing({ options }: BegunStack): Promise<void> {
  const unready = await listUnready(options.loaded.project);
  const states = unready.map(({ composeService, health }) => [composeService, health] as const);
  if (states.length > 0) options.progress.step('still waiting for', Object.fromEntries<string>(states));
}
