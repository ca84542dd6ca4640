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
import { listContainers, removeContainer, stopContainer, type ContainerInfo } from '../../docker/containers';
import type { BegunStack } from '../begun-stack';
import { rememberRelease } from '../kept-stack';
import { definedIn } from '../plan';
import { releaseFile, type ReleaseVersions } from './file';

/** A migration of much data takes its time, ms; one that takes longer is given up. */
const JOB_TIMEOUT_MS = 600_000;

/** A release's hands on a stack that is up. What it does to services without a front, Compose does; rollouts have their own. */
export function releasePortsOf(
  begun: BegunStack,
  own: DeliveryPorts,
  versions: ReleaseVersions,
  begin?: ReleasePorts['begin'],
): ReleasePorts {
  const { loaded } = begun.options;
  const { project } = loaded;
  const { from, to, pins } = versions;
  const base = begun.plan;
  /** Services without a front that stand as in N+1. */
  const renewed = new Set<string>();
  const render = () => {
    begun.plan = { ...base, model: between(versions, renewed) };
    begun.compose.write(begun.model());
  };
  const containersOf = async (service: string) =>
    (await listContainers({ project, service })).filter(({ composeService }) => composeService === service);
  const up = (service: string, options: { readonly signal?: AbortSignal; readonly wait: boolean }) => {
    render();
    return begun.compose.up({ services: [service], noDeps: true, ...options });
  };
  const managedIn = { ...from.managed, ...from.workers };
  const delivery: DeliveryPorts = {
    ...own,
    spec: async (service, image) => {
      const spec = await own.spec(service, image);
      const settings = entryOf({ ...to.managed, ...to.workers }, service);
      return spec && settings && { ...spec, definition: definedIn(to.model, service, settings), settings };
    },
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
      await up(service, { signal, wait: true });
    },
    remove: async (service) => {
      renewed.delete(service);
      const containers = await containersOf(service);
      await writeEvidence(containers, begun.evidenceDirectory);
      for (const { id } of containers) await stopContainer(id);
      for (const { id } of containers) await removeContainer(id);
      render();
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
      const containers = (await listContainers({ project })).filter((container) => container.service === service);
      const stable = Object.hasOwn(managedIn, service) ? own.revisions.stable(service) : undefined;
      if (stable !== undefined) {
        // Nobody asks it any more but who was answered already.
        await own.awaitDrained(stable, { timeoutMs: drainMsOf(stable) });
        own.revisions.remove(...own.revisions.list(service).map(({ label }) => label));
      }
      await Promise.all(containers.map(({ id }) => stopContainer(id)));
    },
    settle: async (version) => {
      const plan = version === 'to' ? to : from;
      begun.plan = { ...base, ...plan, next: version === 'to' ? to.model : base.next };
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
