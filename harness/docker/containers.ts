import type { ContainerInspectInfo } from 'dockerode';
import { HarnessError } from '../core/errors';
import { engine, hasStatus } from './client';
import { LABEL, type Role } from './labels';

export type Health = 'healthy' | 'unhealthy' | 'starting' | 'none';

export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  /** The service it belongs to: `orders` for the front of orders and for every revision of it. */
  readonly service: string;
  /** Its name in the compose model: `orders` for the front, `orders-r1` for a revision. Empty for helpers. */
  readonly composeService: string;
  readonly role: Role | undefined;
  readonly revision: number | undefined;
  /** `running`, `exited`, `paused`, `restarting`, `created`, `dead`. */
  readonly state: string;
  readonly health: Health;
  readonly image: string;
  readonly imageId: string;
  /** Address in the first of its networks, by name. Empty when it does not run. */
  readonly ip: string;
  readonly networks: Readonly<Record<string, { readonly ip: string; readonly aliases: readonly string[] }>>;
  /** Process id on the Engine's host; 0 when it does not run. */
  readonly hostPid: number;
  /** Wall ms; 0 when never started. */
  readonly startedAt: number;
  readonly exitCode: number;
  readonly restartCount: number;
  readonly restartPolicy: string;
  readonly oomKilled: boolean;
  /** What its health check said last; absent without one, and while it has not run. */
  readonly healthOutput?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerFilter {
  readonly project: string;
  /** Matches `service` or `composeService`. */
  readonly service?: string;
  readonly role?: Role;
  /** Stopped ones too. Default true. */
  readonly all?: boolean;
}

/** The project's containers as they are now. */
export async function listContainers(filter: ContainerFilter): Promise<ContainerInfo[]> {
  const label = [`${LABEL.project}=${filter.project}`];
  if (filter.role !== undefined) label.push(`${LABEL.role}=${filter.role}`);
  const found = await engine().listContainers({ all: filter.all ?? true, filters: { label } });
  const wanted = found.filter(
    ({ Labels }) =>
      filter.service === undefined ||
      Labels[LABEL.service] === filter.service ||
      Labels[LABEL.composeService] === filter.service,
  );
  const inspected = await Promise.all(wanted.map(({ Id }) => inspectContainer(Id)));
  return inspected.filter((info) => info !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One container by id, or `undefined` when it is gone. */
export async function inspectContainer(id: string): Promise<ContainerInfo | undefined> {
  try {
    return toContainerInfo(await engine().getContainer(id).inspect());
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * The container of a compose service, resolved freshly by labels: a running one before a stopped one.
 * @throws HarnessError `container-not-found`
 */
export async function containerOf(project: string, service: string): Promise<ContainerInfo> {
  const all = await listContainers({ project, service });
  const own = all.filter((container) => container.composeService === service);
  const found = own.find((container) => container.state === 'running') ?? own[0];
  if (found !== undefined) return found;
  throw new HarnessError('container-not-found', {
    message: `project ${project} has no container of service ${service}`,
    facts: { project, service },
  });
}

/**
 * The host and port where a service's container port is published.
 * @throws HarnessError `container-not-found`, `port-not-published`
 */
export async function publishedEndpoint(
  project: string,
  service: string,
  port: number,
): Promise<{ host: string; port: number }> {
  const { id } = await containerOf(project, service);
  const { NetworkSettings } = await engine().getContainer(id).inspect();
  const binding = NetworkSettings.Ports[`${port}/tcp`]?.[0];
  if (binding === undefined) {
    throw new HarnessError('port-not-published', {
      message: `${service} does not publish port ${port}`,
      facts: { project, service, port, published: Object.keys(NetworkSettings.Ports) },
      hint: 'Add it to the ports of the service in the compose file.',
    });
  }
  const everywhere = binding.HostIp === '' || binding.HostIp === '0.0.0.0' || binding.HostIp === '::';
  return { host: everywhere ? '127.0.0.1' : binding.HostIp, port: Number(binding.HostPort) };
}

/** Starts a container; one that runs is left alone. */
export async function startContainer(id: string): Promise<void> {
  await ignoring([304], () => engine().getContainer(id).start());
}

/** Exit code of what was killed by SIGKILL. */
const KILLED = 137;

/**
 * Stops a container, killing it after `graceMs` (default: as long as its own definition gives it, which is 10 000
 * where it says nothing). One that is stopped or gone is left alone. Returns whether it had to be
 * killed, because it had not ended by then.
 */
export async function stopContainer(id: string, graceMs?: number): Promise<boolean> {
  const within = graceMs === undefined ? {} : { t: Math.ceil(graceMs / 1_000) };
  const isStopped = await ignoring([304, 404], () => engine().getContainer(id).stop(within));
  if (!isStopped || (graceMs ?? 1) <= 0) return false;
  const now = await inspectContainer(id);
  return now?.state === 'exited' && now.exitCode === KILLED && !now.oomKilled;
}

/** Removes a container and its anonymous volumes, running or not. */
export async function removeContainer(id: string): Promise<void> {
  await ignoring([404, 409], () => engine().getContainer(id).remove({ force: true, v: true }));
}

/** Whether it was done. */
async function ignoring(codes: readonly number[], action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (!hasStatus(error, ...codes)) throw error;
    return false;
  }
}

function toContainerInfo(info: ContainerInspectInfo): ContainerInfo {
  const labels = info.Config.Labels;
  const networks = Object.fromEntries(
    Object.entries(info.NetworkSettings.Networks)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, network]) => [name, { ip: network.IPAddress, aliases: (network.Aliases ?? []) as string[] }]),
  );
  const revision = labels[LABEL.revision];
  const startedAt = Date.parse(info.State.StartedAt);
  const healthOutput = info.State.Health?.Log?.at(-1)?.Output.trim();
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    service: labels[LABEL.service] ?? labels[LABEL.composeService] ?? '',
    composeService: labels[LABEL.composeService] ?? '',
    role: labels[LABEL.role] as Role | undefined,
    revision: revision === undefined ? undefined : Number(revision),
    state: info.State.Status,
    health: (info.State.Health?.Status ?? 'none') as Health,
    image: info.Config.Image,
    imageId: info.Image,
    ip: Object.values(networks)[0]?.ip ?? '',
    networks,
    hostPid: info.State.Pid,
    startedAt: startedAt > 0 ? startedAt : 0,
    exitCode: info.State.ExitCode,
    restartCount: info.RestartCount,
    restartPolicy: info.HostConfig.RestartPolicy?.Name ?? 'no',
    oomKilled: info.State.OOMKilled,
    ...(healthOutput === undefined || healthOutput === '' ? {} : { healthOutput }),
    labels,
  };
}
