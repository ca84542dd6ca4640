import type { Attribution } from '../../harness/contract/attribution';

/** What befalls the stack once a release has a share of the traffic. */
export type Trouble =
  | { readonly is: 'dependency'; readonly errors?: number; readonly slowMs?: number }
  /** So many times the load. */
  | { readonly is: 'load'; readonly times: number }
  /** Programs that keep every core busy, and come before those of the stack so many times. */
  | { readonly is: 'machine'; readonly priority: number };

/** A release on a real stack, with whose fault it is that it goes back, or has to have a replica replaced; `none` is promoted as it is. */
export interface LiveCase {
  readonly what: string;
  readonly label: Attribution;
  /** What is wrong with its image: environment of the service. Default: nothing. */
  readonly defect?: Readonly<Record<string, string>>;
  readonly trouble?: Trouble;
}

export const LIVE_CASES: readonly LiveCase[] = [
  { label: 'version', what: 'fails a half', defect: { FAILS: '0.5' } },
  { label: 'version', what: 'fails a fifth', defect: { FAILS: '0.2' } },
  { label: 'version', what: 'fails a tenth', defect: { FAILS: '0.1' } },
  { label: 'version', what: 'answers a third wrongly', defect: { WRONG: '0.33' } },
  { label: 'version', what: 'is slow by 300 ms', defect: { SLOW_MS: '300' } },
  {
    ...{ label: 'version', what: 'fails a third while a dependency fails a tenth', defect: { FAILS: '0.33' } },
    trouble: { is: 'dependency', errors: 0.1 },
  },
  { label: 'replica', what: 'one of three fails all', defect: { SICK: '1' } },
  { label: 'replica', what: 'one of three fails a half', defect: { SICK: '0.5' } },
  { label: 'replica', what: 'one of three fails a third', defect: { SICK: '0.33' } },
  { label: 'dependency', what: 'fails all', trouble: { is: 'dependency', errors: 1 } },
  { label: 'dependency', what: 'fails a half', trouble: { is: 'dependency', errors: 0.5 } },
  { label: 'dependency', what: 'fails a fifth', trouble: { is: 'dependency', errors: 0.2 } },
  { label: 'dependency', what: 'is slow by 200 ms', trouble: { is: 'dependency', slowMs: 200 } },
  { label: 'load', what: 'four times as much', trouble: { is: 'load', times: 4 } },
  { label: 'load', what: 'five times as much', trouble: { is: 'load', times: 5 } },
  { label: 'machine', what: 'busy', trouble: { is: 'machine', priority: 16 } },
  { label: 'machine', what: 'very busy', trouble: { is: 'machine', priority: 32 } },
  { label: 'none', what: 'a good release' },
  { label: 'none', what: 'a good release while a little more is asked for', trouble: { is: 'load', times: 1.2 } },
];
