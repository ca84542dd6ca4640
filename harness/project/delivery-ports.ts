import { objectiveMs } from '../contract/alerts';
import { dirname } from 'node:path';
import { requireRoom } from '../core/disk-room';
import { livePorts } from '../delivery/live';
import { hookRunner } from '../delivery/hooks/live-hooks';
import { withWorkers } from '../delivery/workers/live-workers';
import { historyPath, openRolloutHistory } from '../delivery/rollout-history';
import { whoRunsThis } from '../core/who';
import type { DeliveryPorts } from '../delivery/ports';
import { liveSkew, type LiveSkewOptions } from '../delivery/skew/skew-live';
import { publishedEndpoint } from '../docker/containers';
import type { Guardian } from '../faults/guardian';
import type { FrontKeeper } from '../front/keeper';
import type { Witnesses } from '../front/witness';
import { firingAlerts } from '../observe/firing-alerts';
import { outcomeAccess } from '../observe/outcomes/access';
import type { BegunStack } from './begun-stack';
import { deployedOf, nextDefinition } from './plan';
import type { ObservingServices } from './services';

/** What holds and watches a stack's containers and its fronts. */
export interface StackHolders {
  readonly guardian: Guardian;
  readonly keeper: FrontKeeper;
  readonly witnesses: Witnesses;
}

/** What the rollout controller acts through, on a stack that is held; without `services` no rollout begins that asks them. */
export function deliveryPortsOf(
  begun: BegunStack,
  { keeper, guardian, witnesses }: StackHolders,
  services?: ObservingServices,
): DeliveryPorts {
  const { compose, revisions, evidenceDirectory, options, plan } = begun;
  const { loaded, journal, journalPath, runDirectory, isStarved } = options;
  const { load, skew } = loaded.config;
  const witness: LiveSkewOptions['witness'] = (service) => witnesses.of(service);
  const endpoint = () => publishedEndpoint(loaded.project, load.service, load.port);
  const fronts = livePorts({
    project: loaded.project,
    managed: deployedOf(plan),
    ...{ keeper, guardian },
    witness,
    ...(skew === undefined ? {} : { skew: liveSkew({ load, skew, endpoint, witness }) }),
    model: () => begun.model(),
    beforeUp: (signal) => begun.makeMounts(signal),
    onRevisionsChanged: () => begun.writeTargets(),
    objectiveMs: (service) => objectiveMs(plan.alerts, service),
    ...(services === undefined ? {} : askedOf(services)),
    history: openRolloutHistory(historyPath(loaded.stateDirectory), whoRunsThis()),
    hook: hookRunner({ runDirectory, directory: loaded.directory }),
    current: async (service) => nextDefinition(loaded, begun.plan, service),
    requireRoom: () => {
      for (const directory of [loaded.stateDirectory, dirname(journalPath)]) requireRoom(directory);
    },
    ...(loaded.config.historyLimit === undefined ? {} : { historyLimit: loaded.config.historyLimit }),
    ...{ compose, revisions, journal, journalPath, evidenceDirectory, isStarved },
  });
  const outcomes = Object.entries(loaded.config.workers ?? {}).map(([service, { outcomes: source }]) => {
    const { project, config } = loaded;
    const access = outcomeAccess({ project, service, observability: config.observability });
    return [service, () => source.open(access)] as const;
  });
  return withWorkers(fronts, {
    ...{ project: loaded.project, guardian, evidenceDirectory },
    workers: Object.keys(plan.workers),
    outcomes: Object.fromEntries(outcomes),
  });
}

/** What only Prometheus knows. */
function askedOf({ prometheus }: ObservingServices): Pick<DeliveryPorts, 'alerts' | 'promql'> {
  return {
    alerts: (names) => firingAlerts(prometheus, names),
    promql: async (query) => (await prometheus.query(query)).map(({ value }) => value),
  };
}
