import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../core/clock';
import { OWNER } from '../core/owner';
import { acquireLock, livingHolder, lockedBy, type Holder, type ProjectLock } from './lock';

/** How often, and how many times, one that holds its service looks whether whoever wants the whole project has stepped back. */
const LOOK_AGAIN_MS = 50;
const LOOKS = 10;

/** Whose locks. */
export interface LocksOf {
  /** `.rollproof/<project>`. */
  readonly stateDirectory: string;
  readonly project: string;
  /** What the holder does, for the one who has to wait: "npm start". */
  readonly command: string;
}

/** The lock of the whole project: whoever has it is alone. */
export const projectLock = (stateDirectory: string) => join(stateDirectory, 'lock');

/** The lock of one service: its rollouts. Those of two services know nothing of each other. */
export const serviceLock = (stateDirectory: string, service: string) =>
  // A name with a dot is of what lies beside a lock for a moment.
  join(stateDirectory, 'locks', encodeURIComponent(service).replaceAll('.', '%2E'));

/**
 * Takes the whole project, which nobody else may hold any part of.
 * @throws HarnessError `project-locked`, naming the holder
 */
export function takeProject({ stateDirectory, project, command }: LocksOf): ProjectLock {
  const lock = acquireLock({ path: projectLock(stateDirectory), project, command });
  // Each puts its own lock down before it looks for others': of two that come at once, at least one sees the other.
  const [other] = [...serviceHolders(stateDirectory)].filter(([, { owner }]) => owner !== OWNER);
  if (other === undefined) return lock;
  lock[Symbol.dispose]();
  const [service, holder] = other;
  throw lockedBy(holder, { project, service });
}

/**
 * Takes one service.
 * @throws HarnessError `project-locked`, naming whoever holds it, or the whole project
 */
export async function takeService(
  service: string,
  { stateDirectory, project, command }: LocksOf,
): Promise<ProjectLock> {
  const path = serviceLock(stateDirectory, service);
  const lock = acquireLock({ path, project, service, command });
  for (let look = 1; ; look += 1) {
    const whole = livingHolder(projectLock(stateDirectory));
    if (whole === undefined || whole.owner === OWNER) return lock;
    // Of two that come at once and see each other, the one that wants everything steps back, and so at once.
    if (look < LOOKS) {
      await sleep(LOOK_AGAIN_MS);
      continue;
    }
    lock[Symbol.dispose]();
    throw lockedBy(whole, { project });
  }
}

/** Who alive holds a service, by its name. */
export function serviceHolders(stateDirectory: string): ReadonlyMap<string, Holder> {
  const names = lockFiles(join(stateDirectory, 'locks')).map(decodeURIComponent);
  return new Map(
    names.flatMap((service) => {
      const holder = livingHolder(serviceLock(stateDirectory, service));
      return holder === undefined ? [] : [[service, holder] as const];
    }),
  );
}

/** Whether another process that lives rolls a service out. */
export function isHeldElsewhere(stateDirectory: string, service: string): boolean {
  const holder = livingHolder(serviceLock(stateDirectory, service));
  return holder !== undefined && holder.owner !== OWNER;
}

/** The processes that live and hold any part of a project, by the name that their helpers bear. */
export function ownersOf(stateDirectory: string): readonly string[] {
  const whole = livingHolder(projectLock(stateDirectory));
  const all = [...(whole === undefined ? [] : [whole]), ...serviceHolders(stateDirectory).values()];
  return all.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
}

/** Drafts and guards of locks lie beside them. */
function lockFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.includes('.'));
  } catch {
    return []; // Nobody ever rolled a service out alone here.
  }
}
