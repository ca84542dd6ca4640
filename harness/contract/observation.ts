import type { ErrorKind } from '../core/error-codes';
import type { AlertLimit } from './alerts';

/** How a scenario, a check or a run ended. Only `passed` is green; no data is `inconclusive`, never success. */
export type Verdict = 'passed' | 'failed' | 'inconclusive' | 'error' | 'skipped';

/** The states of a rollout, in order; see `delivery/controller`. */
export type RolloutState =
  | 'Pending'
  | 'Preflight'
  | 'Starting'
  | 'Readying'
  | 'Shifting'
  | 'Analyzing'
  | 'Holding'
  | 'Promoted'
  | 'Baking'
  | 'Retiring'
  | 'Succeeded'
  | 'Aborting'
  | 'RollingBack'
  | 'RolledBack'
  | 'RollbackPaused';

/** Requests of one revision, as the front saw them. */
export interface TrafficCounts {
  readonly requests: number;
  readonly errors: number;
  /** Answered with 4xx: no error by itself, but a release that makes more of them is a worse one. Absent where nobody counted. */
  readonly clientErrors?: number;
}

/** How a switch back was seen by the front itself: a count, which no slow machine changes. */
export interface SwitchFacts {
  /** Of the routing that gave everything back to stable. */
  readonly switchEpoch: number;
  /** Requests that were routed in that epoch or later. With none, nobody has seen the switch. */
  readonly requestsAfterSwitch: number;
  /** Those of them that the candidate was chosen for, or served. */
  readonly routedToCandidateAfterSwitch: number;
}

/** Every kind of line in `journal.ndjson`. Times are wall ms since the epoch; names ending in `Ms` that are not times are durations. */
export type Observation =
  | {
      type: 'run-started';
      run: string;
      title: string;
      seed: string;
      versions: Record<string, string>;
      rerun: string;
      /** What the configured alerts judge by. */
      alerts?: readonly AlertLimit[];
    }
  | { type: 'run-finished'; verdict: Verdict; kind?: ErrorKind; reason?: string }
  | {
      type: 'stack-up';
      project: string;
      tookMs: number;
      urls: Record<string, string>;
      images: Record<string, { image: string; imageId: string; source?: string }>;
    }
  | { type: 'stack-down'; project: string; tookMs: number; kept: boolean }
  | { type: 'scenario-started'; phase: string; title: string; hypothesis?: string }
  | {
      type: 'scenario-finished';
      verdict: Verdict;
      /** Of the error that decided; absent when it passed, and for what is not our error: an assertion, or a scenario that broke. */
      kind?: ErrorKind;
      durationMs: number;
      reason?: string;
      facts: Record<string, unknown>;
    }
  | {
      type: 'check';
      name: string;
      verdict: Verdict;
      observed: string;
      expected: string;
      samples?: number;
      windowMs?: number;
    }
  | { type: 'measurement'; name: string; value: number; unit: string; limit?: number; samples: number; window?: string }
  | ({
      type: 'rollout';
      rollout: string;
      service: string;
      strategy: string;
      state: RolloutState;
      /** Revision labels such as `orders-r1`. */
      from: string;
      to: string;
      /** Percent of the traffic on `to`. */
      weight: number;
      deadlineAtMs?: number;
      reason?: string;
      /** With `RolledBack`. */
    } & Partial<SwitchFacts>)
  | {
      type: 'action';
      rollout: string;
      phase: 'intent' | 'result';
      action: string;
      detail: Record<string, unknown>;
    }
  | {
      type: 'judgement';
      rollout: string;
      outcome: 'hold' | 'promote' | 'abort';
      reason: string;
      weight: number;
      canary: TrafficCounts;
      stable: TrafficCounts;
      errorPValue?: number;
      latencyPValue?: number;
      latencyShiftMs?: number;
      power?: number;
    }
  | {
      type: 'fault';
      fault: string;
      kind: string;
      target: string;
      state: 'applied' | 'proved' | 'reverted' | 'expired' | 'failed';
      detail: Record<string, unknown>;
    }
  | {
      type: 'health';
      service: string;
      container: string;
      state: 'started' | 'healthy' | 'unhealthy' | 'died' | 'stopped';
    }
  | {
      type: 'alert';
      alert: string;
      labels: Record<string, string>;
      state: 'pending' | 'firing' | 'inactive' | 'notified' | 'resolved';
      /** When it happened by the source's own record, where it has one. */
      happenedAtMs?: number;
      value?: number;
      annotations?: Record<string, string>;
    }
  | {
      type: 'alert-evidence';
      alert: string;
      /** Peak of the measured ratio ÷ the threshold, and longest pending ÷ `for`. */
      peakOverThreshold: number;
      pendingOverFor: number;
      compression: number;
      samples: number;
      /** Of the time that it is about, how long nobody could look, ms. */
      unwatchedMs?: number;
    }
  | {
      type: 'load-window';
      load: string;
      startMs: number;
      lengthMs: number;
      sent: number;
      ok: number;
      failed: number;
      lost: number;
      late: number;
      latencyMsP50: number;
      latencyMsP95: number;
      latencyMsP99: number;
    }
  | {
      type: 'traffic-window';
      service: string;
      startMs: number;
      lengthMs: number;
      /** By revision label. */
      revisions: Record<string, TrafficCounts>;
    }
  | { type: 'skipped-capability'; capability: string; reason: string }
  | { type: 'note'; message: string; detail?: Record<string, unknown> };

/** An observation as it stands in the journal. */
export type JournalLine = Observation & {
  /** Wall ms since the epoch. */
  readonly at: number;
  /** Id of the scenario that was running. */
  readonly scenario?: string;
};
