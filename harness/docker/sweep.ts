import { quotedCommand } from '../core/command-line';
import { monotonicMs, sleep } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import { projectRepository } from '../core/image-names';
import { poll } from '../core/poll';
import { engine, hasStatus } from './client';
import { removeContainer } from './containers';
import { listTags, untagImage } from './images';
import { LABEL } from './labels';

/** What stands under one project's label. */
export interface Leftovers {
  readonly project: string;
  /** Ids. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** A guardian runs: somebody holds it, so the project belongs to a living run. */
  readonly isGuarded: boolean;
  /** Who started those that run; one of an earlier version does not say. */
  readonly guardedBy: readonly (string | undefined)[];
}

/** An Engine that is busy refuses for a while: a container's processes take their time to end, and what is in use comes later. */
const SWEEP_TIMEOUT_MS = 60_000;
const ROUND_MS = 200;

/** Everything that carries our label, by project. */
export async function findLeftovers(): Promise<Leftovers[]> {
  const { containers, networks, volumes } = await list(LABEL.project);
  const projects = new Set([...containers, ...networks, ...volumes].map(({ labels }) => labels[LABEL.project] ?? ''));
  const of = (all: readonly Found[], project: string) =>
    all.filter(({ labels }) => labels[LABEL.project] === project).map(({ id }) => id);
  return [...projects]
    .filter((project) => project !== '')
    .sort()
    .map((project) => ({
      project,
      containers: of(containers, project),
      networks: of(networks, project),
      volumes: of(volumes, project),
    }))
    .map((left) => {
      const guardedBy = containers
        .filter(
          ({ labels, state }) => labels[LABEL.project] === left.project && isGuardian(labels) && state === 'running',
        )
        .map(({ labels }) => labels[LABEL.owner]);
      return { ...left, isGuarded: guardedBy.length > 0, guardedBy };
    });
}

const isGuardian = (labels: Found['labels']) => labels[LABEL.role] === 'guardian';

/** A guardian whose owner has died sweeps and leaves within this time. */
const GUARDIAN_TIMEOUT_MS = 20_000;

/**
 * Waits until a project has no guardian, but those of the living owners that are known. One that stays has one that is not: a run of another
 * folder, whose lock we do not see.
 * @throws HarnessError `project-locked`
 */
export async function awaitNoGuardian(
  project: string,
  { livingOwners = () => [] }: { readonly livingOwners?: () => readonly string[] } = {},
): Promise<void> {
  const isGuarded = async () => {
    const guardedBy = (await findLeftovers()).find((left) => left.project === project)?.guardedBy ?? [];
    const living = livingOwners();
    return guardedBy.some((owner) => owner === undefined || !living.includes(owner));
  };
  await poll(async () => ((await isGuarded()) ? undefined : true), {
    condition: `nobody runs ${project} any more: its guardian container has a living owner`,
    code: 'project-locked',
    timeoutMs: GUARDIAN_TIMEOUT_MS,
    intervalMs: 200,
    hint: `Wait until that run ends, or remove it all the same with ${quotedCommand('down --force')}.`,
  });
}

export interface SweepOptions {
  /** The project's volumes too. Default true. */
  readonly volumes?: boolean;
  /** The guardian stays: its owner lives, and sends it home. Default false. */
  readonly sparesGuardian?: boolean;
}

/**
 * Removes all containers, networks and volumes of a project, its guardian first, and at last our tags of its images. Returns how many things
 * there were.
 * @throws HarnessError `sweep-incomplete`
 */
export async function sweepProject(project: string, options: SweepOptions = {}): Promise<number> {
  const { volumes = true, sparesGuardian = false } = options;
  const startedMs = monotonicMs();
  let total = 0;
  let problems: unknown[] = [];
  for (let round = 0; ; round += 1) {
    // What carries only compose's label was created under this project's name: the name is ours alone.
    const found = await Promise.all([LABEL.project, LABEL.composeProject].map((label) => list(`${label}=${project}`)));
    const isGuardian = ({ labels }: Found) => labels[LABEL.role] === 'guardian';
    const isKeeper = ({ labels }: Found) => labels[LABEL.role] === 'keeper';
    const ids = (kind: keyof Listing, of: (thing: Found) => boolean = () => true) => [
      ...new Set(found.flatMap((listing) => listing[kind].filter(of).map(({ id }) => id))),
    ];
    const guardians = ids('containers', (one) => isKeeper(one) || (isGuardian(one) && !sparesGuardian));
    const others = ids('containers', (one) => !isGuardian(one) && !isKeeper(one));
    const networks = ids('networks');
    const ownVolumes = volumes ? ids('volumes') : [];
    const count = guardians.length + others.length + networks.length + ownVolumes.length;
    if (count === 0) {
      for (const tag of await listTags(projectRepository(project))) await untagImage(tag);
      return total;
    }
    if (monotonicMs() - startedMs > SWEEP_TIMEOUT_MS) throw incomplete(project, count, problems);
    total += round === 0 ? count : 0;
    // Guardians first, since killing what they guard is none of their business any more.
    problems = [
      ...(await attempted(guardians, removeContainer)),
      ...(await attempted(others, removeContainer)),
      ...(await attempted(networks, (id) => engine().getNetwork(id).remove())),
      ...(await attempted(ownVolumes, (name) => engine().getVolume(name).remove())),
    ];
    if (round > 0) await sleep(ROUND_MS);
  }
}

/** Tries each; returns what went wrong. Gone is as it should be, and all else is tried again in the next round. */
async function attempted(ids: readonly string[], remove: (id: string) => Promise<unknown>): Promise<unknown[]> {
  const results = await Promise.allSettled(ids.map(remove));
  return results.flatMap((result) =>
    result.status === 'fulfilled' || hasStatus(result.reason, 404) ? [] : [result.reason as unknown],
  );
}

function incomplete(project: string, left: number, problems: readonly unknown[]): HarnessError {
  const last = problems.at(-1);
  const reason = last === undefined ? '' : `: ${errorMessage(last)}`;
  return new HarnessError('sweep-incomplete', {
    message: `project ${project} still has ${left} things after ${SWEEP_TIMEOUT_MS} ms of removing${reason}`,
    facts: { project, left },
    hint: `Try ${quotedCommand('down')} again; an Engine that cannot remove them may have to be restarted.`,
    cause: last,
  });
}

interface Found {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state?: string;
}

interface Listing {
  readonly containers: readonly Found[];
  readonly networks: readonly Found[];
  readonly volumes: readonly Found[];
}

async function list(label: string): Promise<Listing> {
  const filters = { label: [label] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine().listContainers({ all: true, filters: { ...filters } }),
    engine().listNetworks({ filters: { ...filters } }),
    engine().listVolumes({ filters: { ...filters } }),
  ]);
  return {
    containers: containers.map(({ Id, Labels, State }) => ({ id: Id, labels: Labels, state: State })),
    networks: networks.map(({ Id, Labels }) => ({ id: Id, labels: Labels ?? {} })),
    volumes: (volumes ?? []).map(({ Name, Labels }) => ({ id: Name, labels: Labels })),
  };
}
