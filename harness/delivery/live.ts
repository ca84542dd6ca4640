import { writeEvidence } from '../compose/evidence';
import type { ComposeModel } from '../compose/model';
import type { ComposeProject } from '../compose/project';
import { lastLinesOf } from '../compose/readiness';
import { sleep, wallMs } from '../core/clock';
import { hasCode } from '../core/errors';
import { newId } from '../core/ids';
import { revisionImage } from '../core/image-names';
import type { Journal } from '../contract/journal';
import {
  listContainers,
  removeContainer,
  startContainer,
  stopContainer,
  type ContainerInfo,
} from '../docker/containers';
import { tagImage, untagImage } from '../docker/images';
import { readLogs } from '../docker/logs';
import type { Front } from '../front/front';
import type { FrontKeeper } from '../front/keeper';
import type { UndoKeeper } from '../faults/context';
import { PROBE_ID } from '../front/config';
import { giveBackText } from '../front/takeover';
import type { Witness } from '../front/witness';
import { watchExits } from './guards/live-exits';
import { complaintsIn } from './guards/log-words';
import type { DeliveryPorts, SkewPort } from './ports';
import { planningPorts } from './planning-ports';
import { replicasOf, type Revision, type RevisionSpec } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';
import type { RolloutHistory } from './rollout-history';
import { sharedVolumeText, volumesInCommon } from './revisions/shared-volume';
import { openShadow } from './shadow/shadow-live';
import { endLease, leaseStable, setLeasedWeights } from './share-lease';

/** Lines of each log in which failures are looked for. */
const LINES_READ = 500;

/** Requests sent through the front to see who answers. */
const PROBES = 3;

export interface LiveOptions {
  readonly project: string;
  readonly managed: DeliveryPorts['managed'];
  readonly revisions: RevisionStore;
  readonly keeper: FrontKeeper;
  /** Holds the lease of a candidate's share. */
  readonly guardian: UndoKeeper;
  /** The witness of a service's front. */
  readonly witness: (service: string) => Witness;
  readonly compose: ComposeProject;
  /** The instrumented model with the revisions as they are in the store now. */
  readonly model: () => ComposeModel;
  /** Called before the model is brought up with what it did not have: something has to stand for what that mounts. */
  readonly beforeUp?: (signal?: AbortSignal) => Promise<unknown>;
  /** Called when the set of revisions that run has changed. */
  readonly onRevisionsChanged?: () => Promise<void>;
  /** A service as today's compose files and configuration define it. */
  readonly current: (service: string) => Promise<Pick<RevisionSpec, 'definition' | 'settings'>>;
  readonly objectiveMs?: (service: string) => number | undefined;
  readonly skew?: SkewPort;
  readonly alerts?: DeliveryPorts['alerts'];
  readonly isStarved?: DeliveryPorts['isStarved'];
  /** Throws where what a rollout writes might find no room. */
  readonly requireRoom?: () => void;
  readonly promql?: DeliveryPorts['promql'];
  readonly history?: RolloutHistory;
  readonly hook: DeliveryPorts['hook'];
  readonly historyLimit?: number;
  readonly journal: Journal;
  readonly journalPath?: string;
  /** Gets the logs and inspect results of containers before they are removed. */
  readonly evidenceDirectory?: string;
}

/** The controller's hands on a stack that is up: Compose creates, the front moves traffic, the Engine starts and stops. */
export function livePorts(options: LiveOptions): DeliveryPorts {
  const { project, revisions, keeper, compose, journal, journalPath } = options;
  const containersOf = ({ label }: Revision) => listContainers({ project, service: label });
  const changed = async () => options.onRevisionsChanged?.();
  /** The front, when the revision is in its slot: another one may have got the slot since. */
  const frontWith = async ({ service, slot, label }: Revision): Promise<Front | undefined> => {
    const front = await keeper.front(service);
    return front.state.slots[slot].label === label ? front : undefined;
  };
  const readyReplicas: DeliveryPorts['readyReplicas'] = async (revision) => {
    const front = await frontWith(revision);
    const servers = front === undefined ? [] : (await front.status())[revision.slot];
    return servers.filter((server) => server.up).length;
  };
  const running = async (revision: Revision) => (await containersOf(revision)).filter(isRunning);
  const create: DeliveryPorts['start'] = async (revision, { timeoutMs, signal, replicas }) => {
    await keepImage(project, revision);
    await tellSharedVolumes(revision, options);
    await options.beforeUp?.(signal);
    compose.write(options.model());
    await changed();
    const services = [revision.label];
    // What runs stays: how many there are is no part of a container's definition.
    const scale = replicas === undefined ? {} : { scale: { [revision.label]: replicas } };
    const limits = { timeoutMs, ...(signal === undefined ? {} : { signal }) };
    await compose.up({ services, ...scale, noDeps: true, wait: true, ...limits });
    await keeper.settled(revision.service);
  };

  const keepEvidence = async (containers: readonly ContainerInfo[]) => {
    if (options.evidenceDirectory !== undefined) await writeEvidence(containers, options.evidenceDirectory);
  };

  const remove: DeliveryPorts['remove'] = async (revision) => {
    const containers = await containersOf(revision);
    await keepEvidence(containers);
    for (const { id } of containers) await removeContainer(id);
  };

  return {
    clock: { now: wallMs, sleep },
    journal,
    ...(journalPath === undefined ? {} : { journalPath }),
    ...planningPorts(options),
    ...(options.isStarved === undefined ? {} : { isStarved: options.isStarved }),
    ...(options.requireRoom === undefined ? {} : { requireRoom: options.requireRoom }),
    ...(options.objectiveMs === undefined ? {} : { objectiveMs: options.objectiveMs }),
    ...(options.skew === undefined ? {} : { skew: options.skew }),
    ...(options.alerts === undefined ? {} : { alerts: options.alerts }),
    ...(options.promql === undefined ? {} : { promql: options.promql }),
    ...(options.history === undefined ? {} : { history: options.history }),
    shadow: async (service) => openShadow(await keeper.front(service), options.witness(service)),
    hook: options.hook,
    ...(options.historyLimit === undefined ? {} : { historyLimit: options.historyLimit }),
    start: create,
    revive: async (revision, options) => {
      const kept = await containersOf(revision);
      const wanted = options.replicas ?? replicasOf(revision);
      // Whoever removed them did not remove the record, nor the image.
      if (kept.length < wanted) return create(revision, { ...options, replicas: wanted });
      const missing = Math.max(0, wanted - kept.filter(isRunning).length);
      const stopped = kept.filter((container) => !isRunning(container));
      for (const { id } of stopped.slice(0, missing)) await startContainer(id);
      await keeper.settled(revision.service);
      await changed();
    },
    thin: async (revision, { keep, drainMs, graceMs }) => {
      const { service, slot } = revision;
      const front = await frontWith(revision);
      const places = front === undefined ? [] : (await front.status())[slot];
      const leaving = (await running(revision))
        .map((container) => ({ container, place: places.find(({ address }) => hasAddress(container, address)) }))
        .sort((one, other) => Number(one.place?.up ?? false) - Number(other.place?.up ?? false));
      const gone = leaving.slice(0, Math.max(0, leaving.length - keep));
      const addresses = gone.flatMap(({ place }) => (place === undefined ? [] : [place.address]));
      if (addresses.length > 0) await front?.leave(slot, addresses);
      const isDrained = await drained(async () => front?.awaitDrained(slot, { timeoutMs: drainMs, addresses }));
      const killed = await stopAll(
        gone.map(({ container }) => container),
        graceMs,
      );
      await keeper.settled(service);
      await changed();
      return { isDrained, killed };
    },
    replace: async (revision, replica, { drainMs, graceMs, timeoutMs, signal }) => {
      const { service, slot } = revision;
      const front = await frontWith(revision);
      const place = (front === undefined ? [] : (await front.status())[slot]).find(({ server }) => server === replica);
      const all = await running(revision);
      const sick = all.find((container) => place !== undefined && hasAddress(container, place.address));
      if (front === undefined || place === undefined || sick === undefined) {
        throw new Error(`${replica} of ${revision.label} does not run`);
      }
      const addresses = [place.address];
      await front.leave(slot, addresses);
      const isDrained = await drained(() => front.awaitDrained(slot, { timeoutMs: drainMs, addresses, signal }));
      const killed = await stopAll([sick], graceMs);
      await keepEvidence([sick]);
      await removeContainer(sick.id);
      // Before another one gets its address.
      await keeper.settled(service);
      await create(revision, { timeoutMs, signal, replicas: all.length });
      return { container: sick.name, isDrained, killed };
    },
    usable: async (revision) => (await readyReplicas(revision)) > 0,
    readyReplicas,
    runningReplicas: async (revision) => (await running(revision)).length,
    diagnose: async (revision) => {
      const containers = await containersOf(revision);
      await keepEvidence(containers);
      const lines = await Promise.all(containers.map(({ id }) => lastLinesOf(id)));
      return { checks: (await (await frontWith(revision))?.complaints(revision.slot)) ?? [], lastLines: lines.flat() };
    },
    complaints: async (revision) => {
      const containers = await containersOf(revision);
      const lines = await Promise.all(containers.map(({ id }) => readLogs(id, { tail: LINES_READ }).catch(() => [])));
      return complaintsIn(lines.flat().map(({ text }) => text));
    },
    watchExits: (service, onExit, signal) => watchExits({ project, service, onExit, signal }),
    hanging: async (service, asked) => {
      const front = await keeper.front(service);
      const bySlot = await front.hanging();
      return asked.map(({ slot, label }) => (front.state.slots[slot].label === label ? bySlot[slot] : []));
    },
    admit: async (revision) => (await frontWith(revision))?.admit(revision.slot),
    setWeights: async (service, weights, terms) =>
      setLeasedWeights({ front: await keeper.front(service), guardian: options.guardian, revisions }, weights, terms),
    share: async (revision) => (await frontWith(revision))?.state.weights[revision.slot] ?? 0,
    lease: (candidate, terms) => leaseStable(candidate, terms, { guardian: options.guardian, revisions }),
    endLease: (service) => endLease(service, options.guardian),
    givenBack: async (service) => {
      const given = await (await keeper.front(service)).givenBack();
      return given && { candidate: given.candidate, says: giveBackText(given) };
    },
    drain: async (revision) => (await frontWith(revision))?.drain(revision.slot),
    awaitDrained: (revision, { timeoutMs }) =>
      drained(async () => (await frontWith(revision))?.awaitDrained(revision.slot, { timeoutMs })),
    retire: async (revision) => (await frontWith(revision))?.retire(revision.slot),
    stop: async (revision, { graceMs }) => {
      const killed = await stopAll(await containersOf(revision), graceMs);
      await changed();
      return killed;
    },
    remove,
    forget: async (revision) => {
      await remove(revision);
      await untagImage(revisionImage(project, revision.service, revision.number));
    },
    probe: async (service) => {
      const front = await keeper.front(service);
      // At a low weight, a few requests would miss the new revision by luck.
      await front.confirmWeights();
      const answers = await Promise.all(Array.from({ length: PROBES }, () => front.probe()));
      return answers.map(({ revision }) => revision ?? 'nobody');
    },
    watch: async (service, onSample, signal) => {
      const witness = options.witness(service);
      witness.charge(signal);
      witness.on('sample', onSample, signal);
    },
    caughtUp: async (service, { timeoutMs }) => {
      const front = await keeper.front(service);
      const id = newId(PROBE_ID);
      const seen = options.witness(service).sees(id, timeoutMs);
      await front.probe({ id });
      return seen;
    },
  };
}

/** Returns the names of those that had to be killed. */
export async function stopAll(containers: readonly ContainerInfo[], graceMs: number): Promise<string[]> {
  const names = await Promise.all(
    containers.map(async ({ id, name }) => ((await stopContainer(id, graceMs)) ? [name] : [])),
  );
  return names.flat();
}

/** A paused one keeps its place: that it does not answer is for the front's checks to find. */
function isRunning({ state }: ContainerInfo): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

function hasAddress({ networks }: ContainerInfo, address: string): boolean {
  return Object.values(networks).some(({ ip }) => ip === address);
}

/** Whether what is waited for had drained in time. */
async function drained(wait: () => Promise<unknown>): Promise<boolean> {
  try {
    await wait();
    return true;
  } catch (error) {
    if (hasCode(error, 'slot-not-drained')) return false;
    throw error;
  }
}

/** Gives the image of a revision a tag of ours: from now on it stays, whatever becomes of the user's. */
export async function keepImage(project: string, { service, number, imageId }: Revision): Promise<void> {
  await tagImage(imageId, revisionImage(project, service, number));
}

async function tellSharedVolumes(revision: Revision, { project, revisions, journal }: LiveOptions): Promise<void> {
  const { service } = revision;
  const stable = revisions.stable(service);
  if (stable === undefined || stable.label === revision.label) return;
  const written = volumesInCommon(revision, stable);
  // Where stable was stopped first, there is one writer.
  if (written.length === 0 || (await listContainers({ project, service: stable.label, all: false })).length === 0)
    return;
  for (const volume of written) {
    journal.append({ type: 'note', message: sharedVolumeText({ service, volume }), detail: { service, volume } });
  }
}
