import { deploy } from '../delivery/controller';
import type { RolloutResult } from '../delivery/result';
import { toSample } from '../delivery/sample';
import { containerOf } from '../docker/containers';
import { readLogs } from '../docker/logs';
import { parseWitnessLine } from '../front/witness';
import type { Deploy, Rollout } from './context';
import type { LiveRun } from './live-run';
import { tellingJournal } from './rollout-progress';

/** The context's `deploy`, on the run's stack. */
export function deployOn(live: LiveRun, signal: AbortSignal, onEnd: (rollout: Rollout) => void): Deploy {
  const run = async (request: Omit<Parameters<typeof deploy>[0], 'signal'>): Promise<Rollout> => {
    const ports = live.stack.deliveryPorts();
    const journal = tellingJournal(ports.journal, live.progress);
    const result = await deploy({ ...request, signal }, { ...ports, journal });
    // It was rolled back because we were asked to leave: that is no finding about the release.
    signal.throwIfAborted();
    const rollout: Rollout = {
      ...result,
      failedIdsOnNew: await failedIds(live.loaded.project, result),
    };
    onEnd(rollout);
    return rollout;
  };
  const plain = (service: string, spec: Parameters<Deploy>[1]) => run({ service, ...spec });
  return Object.assign(plain, {
    pinned: (service: string, { holdMs, ...spec }: Parameters<Deploy['pinned']>[1]) =>
      run({ service, ...spec, pinMs: holdMs }),
  });
}

/** Ids of the requests that failed on the new revision, by the front's own log. */
async function failedIds(project: string, { service, to, from, startedAtMs }: RolloutResult): Promise<Set<string>> {
  if (to === from) return new Set();
  const { id } = await containerOf(project, service);
  const lines = await readLogs(id, { sinceMs: startedAtMs });
  const failed = lines
    .map(({ text }) => parseWitnessLine(text))
    .filter((line) => line !== undefined)
    .filter((line) => {
      // As the judge saw it: what is charged to the new revision there is charged to it here.
      const sample = toSample(line);
      return sample?.revision === to && sample.error;
    });
  return new Set(failed.map((line) => line.id));
}
