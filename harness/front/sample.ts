import { addCounts, type TrafficCounts } from '../contract/traffic-counts';
import { PROBE_ID } from './config';
import type { WitnessLine } from './witness-line';

/** One request as the front saw it. */
export interface RequestSample {
  /** `x-request-id`. */
  readonly id: string;
  /** Label of the revision that was chosen for it; {@link FRONT_ITSELF} when there was none to choose. */
  readonly revision: string;
  /** Label of the revision that served it: another one where that helped out. Absent when none did. */
  readonly servedBy?: string;
  /** The replica that served it, by its place in the front: `green2`. */
  readonly replica?: string;
  /** Of the routing that chose the revision; absent for what was not routed. */
  readonly epoch?: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Status ≥ 500, no complete answer from the server, or a retry that the front made good; or found wrong by the load. */
  readonly error: boolean;
  /** Why the load found the answer wrong, where the front saw nothing bad. */
  readonly wrong?: string;
  /** Answered by a replica with 4xx. */
  readonly clientError: boolean;
  /** From the connection to the first byte of the answer; absent when there was none. */
  readonly latencyMs?: number;
}

/** A sample as counts. */
export function countsOf({ error, clientError, wrong }: RequestSample): TrafficCounts {
  const counts = { requests: 1, errors: error ? 1 : 0, clientErrors: clientError ? 1 : 0 };
  return wrong === undefined ? counts : { ...counts, wrong: 1 };
}

/** Counts in which one sample takes another's place. */
export function replaceCounts(counts: TrafficCounts, sample: RequestSample, replaces: RequestSample): TrafficCounts {
  const { requests, errors, clientErrors, wrong = 0 } = countsOf(replaces);
  return addCounts(addCounts(counts, countsOf(sample)), {
    ...{ requests: -requests, errors: -errors, clientErrors: -clientErrors, wrong: -wrong },
  });
}

/** Revision of answers that are the front's own. */
export const FRONT_ITSELF = 'front';

/**
 * What a line of the front says of a request: the one meaning of it, for whoever counts. `undefined` for our own probes and for requests
 * that were pinned: they are no traffic.
 *
 * The revision that was chosen is charged, not the one that helped out: retries and backups hide a broken canary from its users, and must
 * not hide it from anybody else. A client that went away before it had asked is nobody's error.
 */
export function toSample(line: WitnessLine): RequestSample | undefined {
  if (line.pinned || line.id.startsWith(PROBE_ID) || line.termination.startsWith('CR')) return undefined;
  const helpedOut = line.retries > 0 || line.redispatched || line.slot !== line.routedSlot;
  const cutShort = /^[sS]/.test(line.termination);
  const error = line.status >= 500 || line.status <= 0 || helpedOut || cutShort;
  return {
    id: line.id,
    revision: line.routedRevision ?? line.revision ?? FRONT_ITSELF,
    ...(line.server === undefined || line.revision === undefined
      ? {}
      : { servedBy: line.revision, replica: line.server }),
    ...(line.epoch === undefined ? {} : { epoch: line.epoch }),
    startedAtMs: line.startedAtMs,
    endedAtMs: line.startedAtMs + Math.max(0, line.durationMs),
    error,
    clientError: !error && line.status >= 400 && line.server !== undefined,
    ...(line.responseMs < 0 ? {} : { latencyMs: Math.max(0, line.connectMs) + line.responseMs }),
  };
}
