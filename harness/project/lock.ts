import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { createFileAtomic, writeFileAtomic } from '../core/atomic-file';
import { every, wallIso, wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { newId } from '../core/ids';

const HEARTBEAT_MS = 1_000;

/** A holder that we cannot look up (another machine, another pid namespace) counts as dead after this silence. */
const SILENCE_LIMIT_MS = 15_000;

/** No holder outlives a power cut: its lock need not either. */
const DIES_WITH_THE_MACHINE = { durable: false };

interface Holder {
  readonly token: string;
  readonly pid: number;
  /** When that process started, by the system's own record: a pid alone may have been given to another one. */
  readonly processStart: string;
  readonly host: string;
  readonly command: string;
  readonly since: string;
  readonly heartbeatAt: number;
}

export interface LockOptions {
  /** `.rollproof/<project>/lock`. */
  readonly path: string;
  readonly project: string;
  /** What the holder does, for the one who has to wait: "npm start". */
  readonly command: string;
}

/** The right to change a project. Disposing gives it back. */
export interface ProjectLock extends Disposable {
  /** Said when a dead holder's lock was taken over. */
  readonly tookOver?: string;
}

/**
 * Takes the project's lock. The lock of a dead process is taken over.
 * @throws HarnessError `project-locked`, naming the holder
 */
export function acquireLock({ path, project, command }: LockOptions): ProjectLock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const me: Holder = {
    token: newId('lock'),
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    host: hostname(),
    command,
    since: wallIso(),
    heartbeatAt: wallMs(),
  };
  let tookOver: string | undefined;
  if (!createFileAtomic(path, JSON.stringify(me), DIES_WITH_THE_MACHINE)) tookOver = takeOver(path, project, me);
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

/** Who holds a project's lock now, in words; `undefined` when nobody alive does. */
export function lockHolder(path: string): string | undefined {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder) ? describeHolder(holder) : undefined;
}

function takeOver(path: string, project: string, me: Holder): string {
  // Only one process at a time may decide that a lock is dead: two would each remove the other's fresh one.
  const guard = `${path}.takeover`;
  if (!makeGuard(guard)) throw locked(project, readHolder(path));
  try {
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw locked(project, holder);
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

function locked(project: string, holder: Holder | undefined): HarnessError {
  const who = holder === undefined ? 'another process' : describeHolder(holder);
  return new HarnessError('project-locked', {
    message: `project ${project} is held by ${who}`,
    facts: {
      project,
      ...(holder === undefined ? {} : { pid: holder.pid, command: holder.command, since: holder.since }),
    },
    hint: 'Wait until it ends, or stop that process; the next command heals what it leaves.',
  });
}

function describeHolder({ command, pid, host, since }: Holder): string {
  return `"${command}" (pid ${pid} on ${host}, since ${since})`;
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return wallMs() - holder.heartbeatAt < SILENCE_LIMIT_MS;
  const start = processStart(holder.pid);
  return start !== undefined && start === holder.processStart;
}

/** When a process started, in whatever unit the system keeps; `undefined` when there is no such process. */
function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie holds nothing any more. Field 22 of proc(5) is the start time; 20th after the name.
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
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
