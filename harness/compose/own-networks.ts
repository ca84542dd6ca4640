import { contentHash } from '../core/ids';
import { LABEL } from '../docker/labels';
import { freeRange } from './free-range';
import type { ComposeModel, ComposeResource } from './model';

export interface OwnNetworksOptions {
  readonly model: ComposeModel;
  readonly project: string;
  readonly publish: 'ephemeral' | 'fixed';
}

/** Names an interface of the machine, which there can be once. */
const BRIDGE_NAME = 'com.docker.network.bridge.name';

interface Pool {
  readonly subnet?: string;
  readonly ip_range?: string;
  readonly gateway?: string;
  readonly [key: string]: unknown;
}

/**
 * Makes networks the project's own: whatever they are called, external ones too, the user's are neither joined nor removed. In a run subnets
 * are left to Docker, since the user's own stack may hold them; else Docker chooses only among the addresses that nobody has reserved.
 */
export function ownNetworks(
  resources: Readonly<Record<string, ComposeResource | null>>,
  { model, project, publish }: OwnNetworksOptions,
): Record<string, ComposeResource> {
  const entries = Object.entries(resources).map(([key, resource]) => {
    const { external, name: _name, driver_opts: options, ipam, labels: own, driver, ...kept } = resource ?? {};
    const isOurs = external !== true;
    const driverOptions = Object.entries((options ?? {}) as Readonly<Record<string, unknown>>).filter(
      ([name]) => isOurs && name !== BRIDGE_NAME,
    );
    const addresses =
      publish === 'fixed' && isOurs && ipam !== undefined
        ? { ipam: withFreeRanges(ipam, reservedOn(key, model)) }
        : kept['enable_ipv6'] === true
          ? { ipam: { config: [{ subnet: ownIpv6Subnet(project, key) }] } }
          : {};
    const made: ComposeResource = {
      ...kept,
      ...(driver === undefined || !isOurs ? {} : { driver }),
      ...(driverOptions.length === 0 ? {} : { driver_opts: Object.fromEntries(driverOptions) }),
      ...addresses,
      name: `${project}_${key}`,
      labels: { ...own, [LABEL.project]: project },
    };
    return [key, made] as const;
  });
  return Object.fromEntries(entries);
}

/** A unique local one, since Engines before 27 choose none by themselves: the same for the same network, and another for each project. */
export function ownIpv6Subnet(project: string, network: string): string {
  const digits = contentHash({ project, network });
  return `fd${digits.slice(0, 2)}:${digits.slice(2, 6)}:${digits.slice(6, 10)}::/64`;
}

function withFreeRanges(ipam: unknown, reserved: readonly string[]): unknown {
  const { config, ...rest } = ipam as { readonly config?: readonly Pool[] | null };
  if (!Array.isArray(config)) return ipam;
  const pools = (config as readonly Pool[]).map((pool) => {
    const { subnet, ip_range: range, gateway } = pool;
    const within = range ?? subnet;
    if (within === undefined) return pool;
    const free = freeRange(within, [...reserved, ...(gateway === undefined ? [] : [gateway])], { subnet });
    return free === undefined || free === range ? pool : { ...pool, ip_range: free };
  });
  return { ...rest, config: pools };
}

/** Addresses on a network that services have for themselves. */
function reservedOn(network: string, { services }: ComposeModel): string[] {
  return Object.values(services).flatMap((service) => {
    const own = service.networks?.[network];
    return own?.ipv4_address ?? [];
  });
}
