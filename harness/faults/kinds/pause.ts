import { z } from 'zod';
import { HarnessError } from '../../core/errors';
import { engine, hasStatus } from '../../docker/client';
import type { ContainerFault } from '../kind';
import { defineFault } from '../define';
import { probeInside } from '../probe-inside';
import { ofContainers } from '../targets';

/** What runs answers its readiness within it; what is frozen never does. */
const ANSWER_TIMEOUT_MS = 2_000;

interface Paused {
  /** It answered before; `undefined` where it is not known what to ask. */
  readonly hasAnswered: boolean | undefined;
}

/**
 * Freezes the processes of a service's containers: connections are taken and never answered. Containers of the target that start later are
 * frozen too. What nobody else unfreezes, the guardian does when the lease has ended.
 */
export const pause = defineFault({
  kind: 'pause',
  carriedBy: 'engine',
  options: z.strictObject(ofContainers),
  contradicts: ['pause', 'crash'],
  follows: true,
  describe: (_, target) => `${target} was frozen`,
  prepare: async (container): Promise<Paused> => ({ hasAnswered: await answers(container) }),
  apply: async ({ target, guardian }) => {
    await guardian.willUndo('unpause');
    await engine().getContainer(target.id).pause();
  },
  verifyApplied: async (container, { hasAnswered }) => {
    const { target } = container;
    const isPaused = await stateIsPaused(target.id);
    const isSilent = hasAnswered === undefined ? undefined : !(await answers(container));
    if (isPaused && isSilent !== false) return { isPaused, hasAnswered, isSilent };
    throw new HarnessError('fault-did-not-bite', {
      message: `${target.name} ${isPaused ? 'is paused and answers all the same' : 'is not paused'}`,
      facts: { container: target.name, isPaused, isSilent },
    });
  },
  revert: async ({ target }) => {
    if (!(await stateIsPaused(target.id))) return false;
    await unpause(target.id);
    return true;
  },
  verifyReverted: async ({ target }) => {
    if (!(await stateIsPaused(target.id))) return;
    throw new HarnessError('fault-did-not-revert', {
      message: `${target.name} is still paused`,
      facts: { container: target.name },
    });
  },
  isInForce: ({ target }) => stateIsPaused(target.id),
});

async function answers({ target, readiness, project, helperImage, signal }: ContainerFault<unknown>) {
  if (readiness === undefined) return undefined;
  const spec = { ...readiness, address: '127.0.0.1', count: 1, intervalMs: 0, warmUp: 0, timeoutMs: ANSWER_TIMEOUT_MS };
  const { latenciesMs } = await probeInside({ project, helperImage, targetId: target.id, spec, signal });
  return latenciesMs.length > 0;
}

/** One that is gone is not. */
async function stateIsPaused(id: string): Promise<boolean> {
  try {
    return (await engine().getContainer(id).inspect()).State.Paused;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** Somebody may have been quicker. */
async function unpause(id: string): Promise<void> {
  try {
    await engine().getContainer(id).unpause();
  } catch (error) {
    if (!hasStatus(error, 404, 409) && (await stateIsPaused(id))) throw error;
  }
}
