import { mountsOf, type Mount } from '../definition';
import type { ComposeResource, ComposeService } from '../model';
import { folderOf } from './named-volumes';
import { plainPath } from './paths';
import type { WantedMount } from './record';

type Resources = Readonly<Record<string, ComposeResource | null>>;

/** A service, by the name that a person knows it by, and the volumes of its project. */
export interface Mounting {
  readonly name: string;
  readonly service: ComposeService;
  readonly volumes: Resources;
}

/** What services mount of this machine, whatever way. */
export function wantedMounts(all: readonly Mounting[], allow: readonly AllowedMount[]): WantedMount[] {
  const saysTrue = all.some(({ service }) => mountsOf(service).some(({ bind }) => bind?.create_host_path === true));
  return all.flatMap(({ name, service, volumes }) =>
    mountsOf(service).flatMap((mount) => {
      const source = sourceOf(mount, volumes);
      if (source === undefined) return [];
      const propagation = mount.bind?.propagation;
      return {
        service: name,
        source,
        readOnly: mount.read_only === true,
        isAllowed: allow.some((allowed) => allowed.service === name && allowed.source === source),
        mayBeMade: mount.type === 'bind' && mayBeMade(mount, saysTrue),
        ...(propagation === undefined || propagation === '' ? {} : { propagation }),
      };
    }),
  );
}

/** An entry of `allow`: what a service may mount as it is. */
export interface AllowedMount {
  readonly service: string;
  readonly source: string;
}

/** The folder or file of this machine that a mount means; `undefined` for every other one. */
export function sourceOf({ type, source }: Mount, volumes: Resources): string | undefined {
  if (source === undefined) return undefined;
  if (type === 'bind') return plainPath(source);
  return type === 'volume' ? folderOf(volumes[source]) : undefined;
}

/** Older Composes print `true` and leave `false` out, newer ones the other way round. */
function mayBeMade({ bind }: Mount, saysTrue: boolean): boolean {
  return bind?.create_host_path ?? !saysTrue;
}
