import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createFileAtomic, writeFileAtomic } from '../core/atomic-file';
import { every, wallIso, wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { OWNER } from '../core/owner';
import { isRunning, ownMark, type ProcessMark } from '../core/process-mark';

const HEARTBEAT_MS = 1_000;

/** A holder that we cannot look up (another machine, another pid namespace) counts as dead after this silence. */
const SILENCE_LIMIT_MS = 15_000;

/** No holder outlives a power cut: its lock need not either. */
const DIES_WITH_THE_MACHINE = { durable: false };

export interface Holder extends ProcessMark {
  readonly token: string;
  /** The process, by the name that its helpers bear. A lock of an earlier version has none. */
  readonly owner?: string;
  readonly command: string;
  readonly since: string;
  readonly heartbeatAt: number;
}

export interface LockOptions {
  /** Such as `.rollproof/<project>/lock`. */
  readonly path: string;
  readonly project: string;
  /** Of the project, where only that is held. Default: all of it. */
  readonly service?: string;
  /** What the holder does, for the one who has to wait: "npm start". */
  readonly command: string;
}

/** The right to change a project, or one of its services. Disposing gives it back. */
export interface ProjectLock extends Disposable {
  /** Said when a dead holder's lock was taken over. */
  readonly tookOver?: string;
}

/**
 * Takes a lock. That of a dead process is taken over.
 * @throws HarnessError `project-locked`, naming the holder
 */
export function acquireLock({ path, command, ...held }: LockOptions): ProjectLock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const me: Holder = {
    token: newId('lock'),
    owner: OWNER,
    ...ownMark(),
    command,
    since: wallIso(),
    heartbeatAt: wallMs(),
  };
  let tookOver: string | undefined;
  if (!createFileAtomic(path, JSON.stringify(me), DIES_WITH_THE_MACHINE)) tookOver = takeOver(path, held, me);
  const stop = every(HEARTBEAT_MS, () => {
    if (readHolder(path)?.token === me.token) replace(path, { ...me, heartbeatAt: wallMs() });
  });
  return {
    ...(tookOver === undefined ? {} : { tookOver }),
    [Symbol.dispose]() {
      stop();
      if (readHolder(path)?.token === me.token) rmSync(path, { force: true });
    },
  };
}

/** Who holds a lock now, in words; `undefined` when nobody alive does. */
export function lockHolder(path: string): string | undefined {
  const holder = livingHolder(path);
  return holder && describeHolder(holder);
}

/** Who holds a lock now; `undefined` when nobody alive does. */
export function livingHolder(path: string): Holder | undefined {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function takeOver(path: string, held: Held, me: Holder): string {
  // Only one process at a time may decide that a lock is dead: two would each remove the other's fresh one.
  const guard = `${path}.takeover`;
  if (!makeGuard(guard)) throw lockedBy(readHolder(path), held);
  try {
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw lockedBy(holder, held);
    replace(path, me);
    const who = holder === undefined ? 'an unreadable lock' : `the lock of ${describeHolder(holder)}, which is gone`;
    return `took over ${who}`;
  } finally {
    rmdirSync(guard);
  }
}

function makeGuard(guard: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      mkdirSync(guard);
      return true;
    } catch {
      // Its maker holds it for some milliseconds; one that is still there much later was killed in between.
      if (wallMs() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SILENCE_LIMIT_MS) return false;
      rmSync(guard, { recursive: true, force: true });
    }
  }
  return false;
}

type Held = Pick<LockOptions, 'project' | 'service'>;

/** For whoever wants what another one holds. */
export function lockedBy(holder: Holder | undefined, { project, service }: Held): HarnessError {
  const who = holder === undefined ? 'another process' : describeHolder(holder);
  const what = service === undefined ? `project ${project}` : `${service} of project ${project}`;
  return new HarnessError('project-locked', {
    message: `${what} is held by ${who}`,
    facts: {
      project,
      ...(service === undefined ? {} : { service }),
      ...(holder === undefined ? {} : { pid: holder.pid, command: holder.command, since: holder.since }),
    },
    hint: 'Wait until it ends (deploy, undo, retry and release do with `--wait`), or stop that process; the next command heals what it leaves.',
  });
}

function describeHolder({ command, pid, host, since }: Holder): string {
  return `"${command}" (pid ${pid} on ${host}, since ${since})`;
}

function isAlive(holder: Holder): boolean {
  return isRunning(holder) ?? wallMs() - holder.heartbeatAt < SILENCE_LIMIT_MS;
}

function replace(path: string, holder: Holder): void {
  writeFileAtomic(path, JSON.stringify(holder), DIES_WITH_THE_MACHINE);
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
