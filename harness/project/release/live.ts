import { writeEvidence } from '../../compose/evidence';
import type { ComposeModel } from '../../compose/model';
import { lastLinesOf } from '../../compose/readiness';
import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';
import { poll } from '../../core/poll';
import { beginRollout } from '../../delivery/controller';
import type { DeliveryPorts } from '../../delivery/ports';
import type { ReleasePorts } from '../../delivery/release/ports';
import { drainMsOf } from '../../delivery/take-out';
import { frontVolume } from '../../compose/own-names';
import { isWorker, type ServiceSettings } from '../../contract/config';
import { revisionImage } from '../../core/image-names';
import { keepImage } from '../../delivery/live';
import { untagImage } from '../../docker/images';
import { removeVolume } from '../../docker/volumes';
import type { FrontKeeper } from '../../front/keeper';
import { listContainers, removeContainer, stopContainer, type ContainerInfo } from '../../docker/containers';
import type { BegunStack } from '../begun-stack';
import { rememberRelease } from '../kept-stack';
import { deployedOf, planFirstRevision } from '../plan';
import { planningPortsTo } from './plan-release';
import { releaseFile, type ReleaseVersions } from './file';

/** A migration of much data takes its time, ms; one that takes longer is given up. */
const JOB_TIMEOUT_MS = 600_000;

/** A release's hands on a stack that is up. What it does to services without a front, Compose does; rollouts have their own. */
export function releasePortsOf(
  begun: BegunStack,
  { delivery: own, keeper }: { readonly delivery: DeliveryPorts; readonly keeper: FrontKeeper },
  versions: ReleaseVersions,
  begin?: ReleasePorts['begin'],
): ReleasePorts {
  const { loaded } = begun.options;
  const { project } = loaded;
  const { from, to, pins } = versions;
  const base = begun.plan;
  /** Services without a front that stand as in N+1. */
  const renewed = new Set<string>();
  begun.coming = Object.keys(to.managed);
  const render = async (signal?: AbortSignal) => {
    const brought = <T>(services: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(services).filter(([service]) => renewed.has(service)));
    const managed = { ...from.managed, ...brought(to.managed) };
    const workers = { ...from.workers, ...brought(to.workers) };
    begun.plan = { ...base, model: between(versions, renewed), managed, workers };
    await begun.makeMounts(signal);
    begun.compose.write(begun.model());
  };
  const containersOf = async (service: string) =>
    (await listContainers({ project, service })).filter(({ composeService }) => composeService === service);
  const allOf = async (service: string) => listContainers({ project, service });
  const up = async (service: string, options: { readonly signal?: AbortSignal; readonly wait: boolean }) => {
    await render(options.signal);
    await begun.compose.up({ services: [service], noDeps: true, ...options });
  };
  const delivery: DeliveryPorts = { ...own, ...planningPortsTo(to, own.revisions) };
  /** Everything of a service that has revisions: its front, their containers, their records. */
  const clear = async (service: string) => {
    const containers = await allOf(service);
    await writeEvidence(containers, begun.evidenceDirectory);
    for (const { id } of containers) await stopContainer(id);
    for (const { id } of containers) await removeContainer(id);
    await keeper.forget(service);
    await removeVolume(`${project}_${frontVolume(service)}`);
    const records = own.revisions.list(service);
    for (const { number } of records) await untagImage(revisionImage(project, service, number));
    own.revisions.remove(...records.map(({ label }) => label));
  };
  const startDeployed = async (service: string, settings: ServiceSettings, signal: AbortSignal) => {
    // A version before the one that runs may have had it.
    await clear(service);
    const revision = await planFirstRevision(to.model, service, settings);
    await keepImage(project, revision);
    own.revisions.put(revision);
    await render(signal);
    await begun.writeTargets();
    const services = isWorker(settings) ? [revision.label] : [service, revision.label];
    await begun.compose.up({ services, noDeps: true, wait: true, signal });
  };
  const isAsItWas = async (service: string) => {
    const pin = entryOf(pins, service);
    const containers = await containersOf(service);
    const kept = containers.filter(({ id, state }) => state === 'running' && pin?.containers.includes(id) === true);
    return pin !== undefined && kept.length === containers.length && kept.length === pin.containers.length;
  };
  return {
    delivery,
    record: releaseFile(loaded, versions),
    begin: begin ?? ((request) => beginRollout(request, delivery)),
    start: async (service, signal) => {
      renewed.add(service);
      const settings = entryOf(deployedOf(to), service);
      if (settings !== undefined) return startDeployed(service, settings, signal);
      await up(service, { signal, wait: true });
    },
    remove: async (service) => {
      renewed.delete(service);
      await clear(service);
      await render();
      await begun.writeTargets();
    },
    run: async (service, signal) => {
      renewed.add(service);
      await up(service, { signal, wait: false });
      await awaitEnd(service, () => containersOf(service), signal);
    },
    replace: async (service, signal) => {
      await writeEvidence(await containersOf(service), begun.evidenceDirectory);
      renewed.add(service);
      await up(service, { signal, wait: true });
    },
    putBack: async (service) => {
      renewed.delete(service);
      if (await isAsItWas(service)) return;
      await up(service, { wait: true });
    },
    retire: async (service) => {
      const containers = await allOf(service);
      const stable = own.revisions.stable(service);
      // Nobody asks it any more but who was answered already.
      if (stable !== undefined) await own.awaitDrained(stable, { timeoutMs: drainMsOf(stable) });
      await Promise.all(containers.map(({ id }) => stopContainer(id)));
      await keeper.forget(service);
      own.revisions.remove(...own.revisions.list(service).map(({ label }) => label));
    },
    settle: async (version) => {
      const plan = version === 'to' ? to : from;
      begun.plan = { ...base, ...plan, next: version === 'to' ? to.model : base.next };
      begun.coming = [];
      if (version === 'to') rememberRelease(loaded, to);
      begun.compose.write(begun.model());
      await begun.writeTargets();
    },
  };
}

/** N, with the image that ran then of each service without a front; and of N+1 what stands already. */
function between({ from, to, pins }: ReleaseVersions, renewed: ReadonlySet<string>): ComposeModel {
  const pinned = Object.entries(from.model.services).map(([service, definition]) => {
    const pin = entryOf(pins, service);
    return [service, pin === undefined ? definition : { ...definition, image: pin.imageId }] as const;
  });
  const next = Object.entries(to.model.services).filter(([service]) => renewed.has(service));
  const files = (section: 'secrets' | 'configs') => {
    const all = { ...from.model[section], ...to.model[section] };
    return Object.keys(all).length === 0 ? {} : { [section]: all };
  };
  return {
    ...from.model,
    services: Object.fromEntries([...pinned, ...next]),
    networks: { default: null, ...to.model.networks, ...from.model.networks },
    volumes: { ...to.model.volumes, ...from.model.volumes },
    ...files('secrets'),
    ...files('configs'),
  };
}

/** A job that is interrupted is stopped: nobody is there any more to say how it ended. */
async function awaitEnd(
  service: string,
  containersOf: () => Promise<readonly ContainerInfo[]>,
  signal: AbortSignal,
): Promise<void> {
  const hasEnded = ({ state }: ContainerInfo) => state === 'exited' || state === 'dead';
  try {
    await poll(async () => ((await containersOf()).every(hasEnded) ? true : undefined), {
      ...{ condition: `${service} has ended`, timeoutMs: JOB_TIMEOUT_MS, intervalMs: 100, signal },
    });
  } catch (error) {
    for (const { id } of await containersOf()) await stopContainer(id);
    throw error;
  }
  const failed = (await containersOf()).find(({ exitCode }) => exitCode !== 0);
  if (failed === undefined) return;
  const lines = await lastLinesOf(failed.id);
  const { exitCode, name } = failed;
  throw new HarnessError('job-failed', {
    message: `${service} ended with exit code ${exitCode}: ${lines.at(-1) ?? 'it said nothing'}`,
    facts: { service, container: name, exitCode, lastLines: lines },
  });
}
