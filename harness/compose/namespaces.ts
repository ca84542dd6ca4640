import type { ComposeModel, ComposeService } from './model';
import { unsupported } from './unsupported';

/** Keys by which a service shares something of another container, beside its volumes. */
export const SHARED = ['network_mode', 'pid', 'ipc', 'uts', 'cgroup'] as const;

interface Deployed {
  /** All that has revisions: services with a front, and workers. */
  readonly deployed: readonly string[];
}

/** What a service shares by a key: `service:db`, `container:vpn`. */
interface Share {
  readonly key: string;
  readonly kind: 'service' | 'container';
  readonly name: string;
}

/**
 * Refuses a service that shares a part of another container which is not the one that is meant: by the name of a service with revisions
 * stands its front, and nothing by that of a worker.
 * @throws HarnessError `service-unsupported`
 */
export function checkShared(name: string, model: ComposeModel, { deployed }: Deployed): void {
  const service = model.services[name] ?? {};
  if (service['use_api_socket'] === true) {
    throw unsupported(name, 'use_api_socket gives it the socket of the Engine, and with it all of this machine');
  }
  if (service['provider'] !== undefined) throw unsupported(name, 'it has a provider, and no container');
  for (const { key, kind, name: other } of sharesOf(service)) {
    if (kind === 'service' && deployed.includes(other)) {
      const what = key === 'network_mode' ? `the network of ${other}` : `${key} of ${other}`;
      throw unsupported(name, `it shares ${what}, which is managed: its revisions come and go`);
    }
    if (kind === 'service') continue;
    if (key !== 'volumes_from') continue;
    throw unsupported(name, `it mounts the volumes of ${other}, a container outside of the stack, which are yours`);
  }
}

/** Containers outside of the stack that a service shares something with. */
export function outsideContainers(service: ComposeService): string[] {
  return sharesOf(service).flatMap(({ kind, name }) => (kind === 'container' ? [name] : []));
}

function sharesOf(service: ComposeService): Share[] {
  const modes = SHARED.flatMap((key) => {
    const mode: unknown = service[key];
    const [, kind, name] = (typeof mode === 'string' && /^(service|container):(.+)$/.exec(mode)) || [];
    return kind === undefined || name === undefined ? [] : [{ key, kind, name } as Share];
  });
  const from = Array.isArray(service['volumes_from']) ? (service['volumes_from'] as readonly string[]) : [];
  const volumes = from.map((text): Share => {
    const isOutside = text.startsWith('container:');
    const name = text.replace(/^(?:container|service):/, '').replace(/:(?:ro|rw)$/, '');
    return { key: 'volumes_from', kind: isOutside ? 'container' : 'service', name };
  });
  return [...modes, ...volumes];
}
