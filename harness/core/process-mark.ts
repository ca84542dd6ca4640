import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names a process, so that nobody takes another one for it. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, by the system's own record: a pid alone may have been given to another one. */
  readonly processStart: string;
  readonly host: string;
}

export function ownMark(): ProcessMark {
  return { pid: process.pid, processStart: processStart(process.pid) ?? '', host: hostname() };
}

/** Whether a process runs; `undefined` where nobody here can know: another machine's, another pid namespace's. */
export function isRunning({ pid, processStart: started, host }: ProcessMark): boolean | undefined {
  return host === hostname() ? processStart(pid) === started : undefined;
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
