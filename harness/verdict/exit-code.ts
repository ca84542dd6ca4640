import type { Verdict } from '../contract/observation';

/** The exit code of a run by its verdict. 2 (cannot run here) and 130 (interrupted) are not verdicts. */
export function exitCode(verdict: Verdict): 0 | 1 | 3 {
  switch (verdict) {
    case 'passed':
      return 0;
    case 'failed':
    case 'error':
      return 1;
    case 'inconclusive':
    case 'skipped':
      return 3;
  }
}
