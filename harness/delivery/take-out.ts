import { errorMessage } from '../core/errors';
import type { Revision } from './revision';
import { surplus } from './revision-store';
import { perform, type Rollout } from './rollout';

const DEFAULT_DRAIN_MS = 30_000;

/**
 * Drains, takes out of the front and stops a revision that gets no traffic any more; its containers and logs are kept.
 * Traffic is safe already, so that a step that fails is told and not thrown.
 */
export async function takeOut(rollout: Rollout, revision: Revision): Promise<string[]> {
  const { ports, strategy } = rollout;
  const detail = { revision: revision.label };
  const drainMs = revision.settings.drainMs ?? DEFAULT_DRAIN_MS;
  const problems: string[] = [];
  const step = async (action: string, run: () => Promise<unknown>) => {
    try {
      await perform(rollout, action, detail, run);
    } catch (error) {
      problems.push(`${action} of ${revision.label} failed: ${errorMessage(error)}`);
    }
  };
  await step('drain', async () => {
    await ports.drain(revision);
    if (!(await ports.awaitDrained(revision, { timeoutMs: drainMs }))) {
      problems.push(`requests on ${revision.label} were still under way after ${drainMs} ms`);
    }
  });
  await step('retire', () => ports.retire(revision));
  await step('stop', () => ports.stop(revision, { graceMs: strategy.settings.stopGraceMs }));
  return problems;
}

/** Removes the containers of revisions that are too old, and what is too old to go back to. Tells what failed. */
export async function prune(rollout: Rollout): Promise<string[]> {
  const { ports, service } = rollout;
  try {
    const { containers, records } = surplus(ports.revisions.list(service), ports.historyLimit);
    for (const revision of containers) await ports.remove(revision);
    for (const revision of records) await ports.forget(revision);
    if (records.length > 0) ports.revisions.remove(...records.map(({ label }) => label));
    return [];
  } catch (error) {
    return [`old revisions of ${service} could not be removed: ${errorMessage(error)}`];
  }
}
