import { commonAddress, type Networks } from '../../front/state.ts';
import type { EngineCalls } from './engine-api.ts';

const LABEL = {
  project: 'rollproof.project',
  role: 'rollproof.role',
  service: 'rollproof.service',
  /** A revision's compose service is its label. */
  revision: 'com.docker.compose.service',
} as const;

/** A container of the project as the Engine lists it. */
export interface Listed {
  readonly id: string;
  readonly role: string;
  readonly service: string;
  readonly composeService: string;
  /** `running`, `paused`, `exited` … */
  readonly state: string;
  readonly networks: Networks;
}

interface Raw {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };
}

/** The project's containers now, stopped ones too. */
export async function listProject(engine: EngineCalls, project: string): Promise<Listed[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.project}=${project}`] }));
  const found = (await engine.call('GET', `/containers/json?all=1&filters=${filters}`)) as Raw[];
  return found.map(({ Id, State, Labels, NetworkSettings }) => ({
    id: Id,
    role: Labels[LABEL.role] ?? '',
    service: Labels[LABEL.service] ?? '',
    composeService: Labels[LABEL.revision] ?? '',
    state: State,
    networks: Object.fromEntries(
      Object.entries(NetworkSettings?.Networks ?? {}).map(([name, { IPAddress }]) => [name, { ip: IPAddress ?? '' }]),
    ),
  }));
}

/** The front of a service, when it runs. */
export function frontOf(all: readonly Listed[], service: string): Listed | undefined {
  return all.find((one) => one.role === 'front' && one.service === service && one.state === 'running');
}

/** The containers of a revision. */
export function replicasOf(all: readonly Listed[], label: string): Listed[] {
  return all.filter((one) => one.role === 'revision' && one.composeService === label);
}

/** Addresses of a revision's replicas that run, in a network that the front is in too. A paused one keeps its place. */
export function addressesFor(all: readonly Listed[], front: Listed, label: string): string[] {
  return replicasOf(all, label)
    .filter(({ state }) => state === 'running' || state === 'paused')
    .map(({ networks }) => commonAddress(front.networks, networks))
    .filter((address) => address !== undefined);
}
