import type { Attribution } from '../../contract/attribution';

/** What happens in a simulated step: 20 s of 100 requests a second at 30 %, after 20 s of stable alone, unless it says otherwise. */
export interface AttributionCase {
  readonly what: string;
  readonly label: Attribution;
  /** Share of the requests that fail on each replica of the new revision, beside what fails on both. Default: three that fail nothing. */
  readonly replicas?: readonly number[];
  /** Share that fails on both: before, and now. Default 0.1 %, and as before. */
  readonly before?: number;
  readonly now?: number;
  /** Latency on both, ms: before, and now. Default 20, and as before. */
  readonly msBefore?: number;
  readonly msNow?: number;
  /** Requests a second now. Default 100, as before. */
  readonly rate?: number;
  /** When it becomes that, and what comes with it, of the step, ms. Default 0. */
  readonly afterMs?: number;
  readonly isStarved?: true;
}

const version = (what: string, more: Partial<AttributionCase>): AttributionCase => ({
  what,
  label: 'version',
  ...more,
});
const replica = (what: string, more: Partial<AttributionCase>): AttributionCase => ({
  what,
  label: 'replica',
  ...more,
});
const dependency = (what: string, more: Partial<AttributionCase>): AttributionCase => ({
  what,
  label: 'dependency',
  ...more,
});
const load = (what: string, more: Partial<AttributionCase>): AttributionCase => ({ what, label: 'load', ...more });
const machine = (what: string, more: Partial<AttributionCase>): AttributionCase => ({
  what,
  label: 'machine',
  isStarved: true,
  ...more,
});
const none = (what: string, more: Partial<AttributionCase>): AttributionCase => ({ what, label: 'none', ...more });

export const ATTRIBUTION_CASES: readonly AttributionCase[] = [
  version('fails everything', { replicas: [1, 1, 1] }),
  version('fails a half', { replicas: [0.5, 0.5, 0.5] }),
  version('fails a fifth', { replicas: [0.2, 0.2, 0.2] }),
  version('fails a tenth', { replicas: [0.1, 0.1, 0.1] }),
  version('fails one in twenty', { replicas: [0.05, 0.05, 0.05] }),
  version('fails four of a hundred', { replicas: [0.04, 0.04, 0.04] }),
  version('fails a fifth, one replica', { replicas: [0.2] }),
  version('fails a twentieth, one replica', { replicas: [0.05] }),
  version('fails a fifth, two replicas', { replicas: [0.2, 0.2] }),
  version('fails a tenth, five replicas', { replicas: [0.1, 0.1, 0.1, 0.1, 0.1] }),
  version('fails unevenly', { replicas: [0.3, 0.15, 0.2] }),
  version('fails more on one replica than on the others', { replicas: [0.6, 0.2, 0.2] }),
  version('fails on two replicas of three', { replicas: [0.4, 0.4, 0] }),
  version('fails on all but one of five', { replicas: [0.3, 0.3, 0.3, 0.3, 0] }),
  version('fails a fifth while a dependency fails a tenth', { replicas: [0.2, 0.2, 0.2], now: 0.1 }),
  version('fails a half while a dependency fails a fifth', { replicas: [0.5, 0.5, 0.5], now: 0.2 }),
  version('fails a fifth while the load doubles', { replicas: [0.2, 0.2, 0.2], rate: 200 }),
  version('fails a fifth on a machine that starves', { replicas: [0.2, 0.2, 0.2], isStarved: true }),
  version('fails a fifth while all is slow', { replicas: [0.2, 0.2, 0.2], msNow: 300 }),
  version('fails a fifth of a service that fails a tenth anyway', { replicas: [0.2, 0.2, 0.2], before: 0.1 }),
  version('fails a tenth under much traffic', { replicas: [0.1, 0.1, 0.1], rate: 140 }),
  version('fails a tenth under little traffic', { replicas: [0.3, 0.3, 0.3], rate: 30 }),

  replica('one of three fails everything', { replicas: [1, 0, 0] }),
  replica('one of three fails a half', { replicas: [0, 0.5, 0] }),
  replica('one of three fails a fifth', { replicas: [0, 0, 0.2] }),
  replica('one of two fails everything', { replicas: [1, 0] }),
  replica('one of two fails a third', { replicas: [0, 0.33] }),
  replica('one of five fails everything', { replicas: [0, 0, 1, 0, 0] }),
  replica('one of five fails a half', { replicas: [0.5, 0, 0, 0, 0] }),
  replica('one of three fails a half, of a service that fails one in fifty', { replicas: [0.5, 0, 0], before: 0.02 }),
  replica('one of three fails all while a dependency fails a tenth', { replicas: [1, 0, 0], now: 0.1 }),
  replica('one of three fails all while the load doubles', { replicas: [1, 0, 0], rate: 200 }),

  dependency('fails all of both', { now: 1 }),
  dependency('fails a half of both', { now: 0.5 }),
  dependency('fails a fifth of both', { now: 0.2 }),
  dependency('fails a tenth of both', { now: 0.1 }),
  dependency('fails one in twenty of both', { now: 0.05 }),
  dependency('fails a fifth of both, one replica', { now: 0.2, replicas: [0] }),
  dependency('fails a third where a tenth failed before', { before: 0.1, now: 0.33 }),
  dependency('is slow by 40 ms', { msNow: 60 }),
  dependency('is slow by 400 ms', { msNow: 420 }),
  dependency('is slow, and fails a tenth', { msNow: 220, now: 0.1 }),
  dependency('is twice as slow for a slow service', { msBefore: 400, msNow: 800 }),
  dependency('fails a fifth while a little more is asked for', { now: 0.2, rate: 120 }),
  dependency('fails a fifth while less is asked for', { now: 0.2, rate: 60 }),

  load('doubles, and a tenth fails', { rate: 200, now: 0.1 }),
  load('trebles, and a third fails', { rate: 300, now: 0.33 }),
  load('doubles, and all is slow', { rate: 200, msNow: 250 }),
  load('trebles, and all is slow', { rate: 300, msNow: 900 }),
  load('trebles, all is slow and some fails', { rate: 300, msNow: 900, now: 0.05 }),
  load('is four times as much, one replica', { rate: 400, now: 0.4, replicas: [0] }),
  load('grows fourfold at the end, and a third fails', { now: 0.33, rate: 400, afterMs: 18_000 }),

  machine('starves, and all is slow', { msNow: 400 }),
  machine('starves, and a tenth fails', { now: 0.1 }),
  machine('starves, all is slow and a third fails', { msNow: 900, now: 0.33 }),
  machine('starves while the load doubles', { msNow: 500, rate: 200 }),
  machine('starves, one replica', { msNow: 500, replicas: [0] }),

  none('a good release', {}),
  none('a good release, one replica', { replicas: [0] }),
  none('a good release that never fails', { before: 0 }),
  none('a good release of a service that fails one in fifty', { before: 0.02 }),
  none('a good release of a service that fails a fifth', { before: 0.2 }),
  none('a good release under twice the load, which is carried', { rate: 200 }),
  none('a good release on a machine that starves others', { isStarved: true }),
  none('a good release, 10 ms slower for both', { msNow: 30 }),
  none('a good release with one error in a thousand more', { replicas: [0.001, 0.001, 0.001] }),
];
