import { isWorker } from '../contract/config';
import { errorMessage, hasCode } from '../core/errors';
import type { DeliveryPorts } from './ports';
import type { Revision } from './revisions/revision';
import { surplus } from './revisions/revision-store';
import { perform, type RunningRollout } from './rollout';
import type { Strategy } from './strategies/strategy';

const DEFAULT_DRAIN_MS = 30_000;

/** How long requests under way may take before their replica is stopped, ms. */
export function drainMsOf({ settings }: Revision): number {
  // A consumer finishes its message, or gives it back, between the signal and its end.
  return isWorker(settings) ? 0 : (settings.drainMs ?? DEFAULT_DRAIN_MS);
}

/**
 * Drains, takes out of the front and stops a revision that gets no traffic any more; its containers and logs are kept.
 * Traffic is safe already, so that an action that fails is told as a problem and not thrown.
 * @throws HarnessError `front-taken-over` when somebody else has given it traffic since: then it goes on running
 */
export async function takeOut(rollout: RunningRollout, revision: Revision): Promise<void> {
  const { problems } = rollout;
  for (const { name, run } of outOfTraffic(revision, rollout)) {
    try {
      await perform(rollout, name, { revision: revision.label }, run);
    } catch (error) {
      if (hasCode(error, 'front-taken-over')) throw error;
      problems.push(`${name} of ${revision.label} failed: ${errorMessage(error)}`);
    }
  }
}

/** What a revision that is taken back may still have under way while nobody is served, ms: what hangs on it would keep everybody out. */
const DRAIN_BACK_MS = 1_000;

/**
 * The same for a revision that has to be gone before another one may start: what fails is thrown. From here on nobody is served, and that
 * is measured.
 */
export async function clearOut(rollout: RunningRollout, revision: Revision): Promise<void> {
  const { ports, traffic } = rollout;
  traffic.outageBegins(ports.clock.now());
  const drainMs = Math.min(drainMsOf(revision), rollout.isGoingBack ? DRAIN_BACK_MS : Infinity);
  for (const { name, run } of outOfTraffic(revision, rollout, drainMs)) {
    await perform(rollout, name, { revision: revision.label }, run);
  }
  traffic.nobodyServes(ports.clock.now());
}

/** Tells of containers that had to be killed: a program that does not end when it is asked to loses what it has in hand. */
export function noteKilled(
  { strategy, problems }: { readonly strategy: Pick<Strategy, 'settings'>; readonly problems: string[] },
  containers: readonly string[],
): void {
  if (containers.length === 0) return;
  const { stopGraceMs } = strategy.settings;
  problems.push(`${containers.join(' and ')} ignored SIGTERM for ${stopGraceMs} ms, and had to be killed`);
}

interface Action {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What takes a revision out that gets no traffic any more, in order. What only took too long is told in `problems`. */
export function outOfTraffic(
  revision: Revision,
  {
    ports,
    strategy,
    problems,
  }: {
    readonly ports: Pick<DeliveryPorts, 'drain' | 'awaitDrained' | 'retire' | 'stop'>;
    readonly strategy: Pick<Strategy, 'settings'>;
    readonly problems: string[];
  },
  drainMs = drainMsOf(revision),
): readonly Action[] {
  const drain = async () => {
    await ports.drain(revision);
    if (await ports.awaitDrained(revision, { timeoutMs: drainMs })) return;
    problems.push(`requests on ${revision.label} were still under way after ${drainMs} ms`);
  };
  const stop = async () => {
    const graceMs = strategy.settings.stopGraceMs;
    noteKilled({ strategy, problems }, await ports.stop(revision, { graceMs }));
  };
  return [
    { name: 'drain', run: drain },
    { name: 'take-out', run: () => ports.retire(revision) },
    { name: 'stop', run: stop },
  ];
}

/** Removes the containers of revisions that are too old, and what is too old to go back to. Tells what failed. */
export async function prune({ ports, service, problems }: RunningRollout): Promise<void> {
  try {
    const { containers, records } = surplus(ports.revisions.list(service), ports.historyLimit);
    for (const revision of containers) await ports.remove(revision);
    for (const revision of records) await ports.forget(revision);
    if (records.length > 0) ports.revisions.remove(...records.map(({ label }) => label));
  } catch (error) {
    problems.push(`old revisions of ${service} could not be removed: ${errorMessage(error)}`);
  }
}
