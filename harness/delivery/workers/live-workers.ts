import { writeEvidence } from '../../compose/evidence';
import { lastLinesOf } from '../../compose/readiness';
import { isWorker, type ServiceSettings } from '../../contract/config';
import type { OutcomeReader } from '../../contract/outcomes';
import { every } from '../../core/clock';
import { HarnessError } from '../../core/errors';
import { listContainers, type ContainerInfo } from '../../docker/containers';
import type { UndoKeeper } from '../../faults/context';
import { stopAll } from '../live';
import type { DeliveryPorts } from '../ports';
import type { Revision } from '../revisions/revision';
import { workerPorts, type Consumers } from './worker-ports';

export interface LiveWorkersOptions {
  readonly project: string;
  /** The services that are workers. */
  readonly workers: readonly string[];
  /** Holds the lease of a candidate's consumers. */
  readonly guardian: UndoKeeper;
  /** Where the logs of a consumer go that did not get ready. Default: they are not kept. */
  readonly evidenceDirectory?: string;
  /** Begins to read what becomes of each worker's messages. */
  readonly outcomes: Readonly<Record<string, () => OutcomeReader>>;
}

/** The ports of a stack that has workers: what concerns one goes to its consumers, all else to the fronts. */
export function withWorkers(fronts: DeliveryPorts, options: LiveWorkersOptions): DeliveryPorts {
  const { guardian, outcomes } = options;
  const workers = workerPorts({ consumers: liveConsumers(fronts, options), guardian, outcomes, every });
  const of = (service: string) => (options.workers.includes(service) ? workers : fronts);
  return {
    ...fronts,
    start: (revision, own) => of(revision.service).start(revision, own),
    revive: (revision, own) => of(revision.service).revive(revision, own),
    thin: (revision, own) => of(revision.service).thin(revision, own),
    usable: (revision) => of(revision.service).usable(revision),
    readyReplicas: (revision) => of(revision.service).readyReplicas(revision),
    diagnose: (revision) => of(revision.service).diagnose(revision),
    hanging: (service, revisions) => of(service).hanging(service, revisions),
    admit: (revision) => of(revision.service).admit(revision),
    setWeights: (service, weights, lease) => of(service).setWeights(service, weights, lease),
    share: (revision) => of(revision.service).share(revision),
    lease: (candidate, terms) => of(candidate.service).lease(candidate, terms),
    endLease: (service) => of(service).endLease(service),
    givenBack: (service) => of(service).givenBack(service),
    drain: (revision) => of(revision.service).drain(revision),
    awaitDrained: (revision, own) => of(revision.service).awaitDrained(revision, own),
    retire: (revision) => of(revision.service).retire(revision),
    probe: (service) => of(service).probe(service),
    watch: (service, onSample, signal) => of(service).watch(service, onSample, signal),
    caughtUp: (service, own) => of(service).caughtUp(service, own),
  };
}

/** The containers of workers: what no front is needed for is done as for any revision. */
function liveConsumers(fronts: DeliveryPorts, { project, evidenceDirectory }: LiveWorkersOptions): Consumers {
  const containersOf = ({ label }: Revision) => listContainers({ project, service: label });
  const alone = async <T>(revision: Revision, run: () => Promise<T>): Promise<T> => {
    if (isSingleton(revision.settings)) await requireAlone(revision, project);
    return run();
  };
  return {
    ...fronts,
    start: (revision, own) => alone(revision, () => fronts.start(revision, own)),
    revive: (revision, own) => alone(revision, () => fronts.revive(revision, own)),
    thin: async (revision, { keep, graceMs }) => {
      const running = (await containersOf(revision)).filter(({ state }) => state === 'running');
      // Those that are not ready are nobody's loss.
      const ordered = running.sort((one, other) => Number(isReady(one, revision)) - Number(isReady(other, revision)));
      const leaving = ordered.slice(0, Math.max(0, ordered.length - keep));
      return { isDrained: true, killed: await stopAll(leaving, graceMs) };
    },
    readyReplicas: async (revision) => (await containersOf(revision)).filter((own) => isReady(own, revision)).length,
    diagnose: async (revision) => {
      const containers = await containersOf(revision);
      if (evidenceDirectory !== undefined) await writeEvidence(containers, evidenceDirectory);
      const lines = await Promise.all(containers.map(({ id }) => lastLinesOf(id)));
      return { checks: containers.map(stateOf), lastLines: lines.flat() };
    },
  };
}

function isReady({ state, health }: ContainerInfo, { settings }: Revision): boolean {
  if (state !== 'running') return false;
  const readiness = isWorker(settings) ? settings.readiness : undefined;
  return readiness === 'running' || health === 'healthy' || (readiness === undefined && health === 'none');
}

function stateOf({ state, health, exitCode, oomKilled }: ContainerInfo): string {
  if (oomKilled) return 'killed for want of memory';
  return state === 'running' ? `its health is "${health}"` : `${state}, exit code ${exitCode}`;
}

function isSingleton(settings: ServiceSettings): boolean {
  return isWorker(settings) && settings.singleton === true;
}

/** @throws HarnessError `singleton-running` */
async function requireAlone({ service, label }: Revision, project: string): Promise<void> {
  const others = (await listContainers({ project, service, all: false })).filter(
    ({ composeService }) => composeService !== label,
  );
  if (others.length === 0) return;
  const names = others.map(({ name }) => name);
  throw new HarnessError('singleton-running', {
    message: `${label} is not started: ${service} may run once, and ${names.join(', ')} runs`,
    facts: { service, running: names },
  });
}
