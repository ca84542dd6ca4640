import { edgeName, type Edge, type ManagedService } from '../contract/config';
import { HarnessError } from '../core/errors';
import { entryOf } from '../core/guards';
import { engine } from '../docker/client';
import { listContainers, type ContainerInfo } from '../docker/containers';
import type { Role } from '../docker/labels';
import type { Destination } from './agent/protocol';

/** Roles of containers that run the user's own programs. */
const OWN_ROLES: readonly (Role | undefined)[] = ['revision', 'plain', undefined];

/** Whether a container runs a user's program, and is neither front nor helper. */
export function runsUserCode(role: Role | undefined): boolean {
  return OWN_ROLES.includes(role);
}

/** The running containers that make a service's calls: its revisions, never its front. */
export async function callersOf(project: string, service: string): Promise<ContainerInfo[]> {
  const all = await listContainers({ project, service, all: false });
  return all.filter(({ role, state }) => runsUserCode(role) && state === 'running');
}

/** The running containers behind a service's name: the front of a managed one. */
export async function calleesOf(project: string, service: string, isManaged: boolean): Promise<ContainerInfo[]> {
  const all = await listContainers({ project, service, all: false });
  return all.filter(({ role, state }) => state === 'running' && (isManaged ? role === 'front' : runsUserCode(role)));
}

/**
 * Addresses and ports of an edge's callee in the networks that it shares with the caller.
 * @throws HarnessError `fault-no-targets`, `edge-port-unknown`
 */
export async function destinationsOf(
  project: string,
  edge: Edge,
  managed: Readonly<Record<string, ManagedService>>,
  caller: ContainerInfo,
): Promise<Destination[]> {
  const service = entryOf(managed, edge.to);
  const callees = await calleesOf(project, edge.to, service !== undefined);
  const destinations: Destination[] = [];
  for (const callee of callees) {
    const ports =
      edge.port !== undefined ? [edge.port] : service === undefined ? await exposedPorts(callee.id) : [service.port];
    for (const [network, { ip }] of Object.entries(callee.networks)) {
      if (ip === '' || !Object.hasOwn(caller.networks, network)) continue;
      destinations.push(...ports.map((port) => ({ address: ip, port })));
    }
    if (ports.length === 0) {
      throw new HarnessError('edge-port-unknown', {
        message: `edge ${edgeName(edge)}: ${edge.to} is not managed and its image exposes no TCP port`,
        facts: { edge: edgeName(edge), container: callee.name },
        hint: `Declare \`expose\` on ${edge.to} in the compose file.`,
      });
    }
  }
  if (destinations.length > 0) return destinations;
  throw new HarnessError('fault-no-targets', {
    message: `edge ${edgeName(edge)}: no running container of ${edge.to} shares a network with ${caller.name}`,
    facts: { edge: edgeName(edge), callees: callees.map(({ name }) => name) },
    hint: 'Check `edges` in rollproof.config.ts: the callee must be running, in a network that the caller is in too.',
  });
}

async function exposedPorts(id: string): Promise<number[]> {
  const { Config } = await engine().getContainer(id).inspect();
  const exposed = (Config as { ExposedPorts?: Record<string, unknown> }).ExposedPorts ?? {};
  return Object.keys(exposed)
    .filter((port) => port.endsWith('/tcp'))
    .map((port) => Number.parseInt(port, 10));
}
