import { settled } from './revision';
import { applyWeight, enter, perform, type Rollout } from './rollout';
import { prune, takeOut } from './take-out';

/**
 * From here a rollout only goes forward: the new revision becomes stable, by its record alone, and the old one is drained, stopped and kept.
 * Idempotent. Returns what went wrong without harm to traffic.
 */
export async function accept(rollout: Rollout): Promise<string[]> {
  const { ports, from, to } = rollout;
  enter(rollout, 'Retiring');
  await perform(rollout, 'mark-stable', { revision: to.label }, async () => {
    ports.revisions.put({ ...to, status: 'stable' }, settled(from, 'retired'));
  });
  await applyWeight(rollout, 100);
  const problems = await takeOut(rollout, from);
  problems.push(...(await prune(rollout)));
  ports.revisions.put(settled(to, 'stable'));
  enter(rollout, 'Succeeded', problems.length === 0 ? {} : { reason: problems.join('; ') });
  return problems;
}
