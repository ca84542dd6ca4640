import { objectiveMs } from '../contract/alerts';
import { livePorts } from '../delivery/live';
import type { DeliveryPorts } from '../delivery/ports';
import { liveSkew, type LiveSkewOptions } from '../delivery/skew-live';
import { publishedEndpoint } from '../docker/containers';
import type { Guardian } from '../faults/guardian';
import type { FrontKeeper } from '../front/keeper';
import type { Witnesses } from '../front/witness';
import type { BegunStack } from './begun-stack';
import { nextDefinition } from './plan';

/** What holds and watches a stack's containers and its fronts. */
export interface StackHolders {
  readonly guardian: Guardian;
  readonly keeper: FrontKeeper;
  readonly witnesses: Witnesses;
}

/** What the rollout controller acts through, on a stack that is held. */
export function deliveryPortsOf(begun: BegunStack, { keeper, guardian, witnesses }: StackHolders): DeliveryPorts {
  const { compose, revisions, evidenceDirectory, options } = begun;
  const { loaded, plan, journal, journalPath } = options;
  const { load, skew } = loaded.config;
  const witness: LiveSkewOptions['witness'] = (service) => witnesses.of(service);
  const endpoint = () => publishedEndpoint(loaded.project, load.service, load.port);
  return livePorts({
    project: loaded.project,
    managed: plan.managed,
    ...{ keeper, guardian },
    witness,
    ...(skew === undefined ? {} : { skew: liveSkew({ load, skew, endpoint, witness }) }),
    model: () => begun.model(),
    onRevisionsChanged: () => begun.writeTargets(),
    objectiveMs: (service) => objectiveMs(plan.alerts, service),
    current: async (service) => nextDefinition(loaded, plan, service),
    ...(loaded.config.historyLimit === undefined ? {} : { historyLimit: loaded.config.historyLimit }),
    ...{ compose, revisions, journal, journalPath, evidenceDirectory },
  });
}
