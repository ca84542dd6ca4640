import { PROBE_ID } from '../front/config';
import type { WitnessLine } from '../front/witness';
import type { RequestSample } from './ports';

/**
 * What a line of the front says about a revision; `undefined` for our own probes, for requests that were pinned, and for those that no
 * revision was meant to serve.
 *
 * The revision that was chosen is charged, not the one that helped out: retries and backups hide a broken canary from its users, and must
 * not hide it from the judge. A client that went away before it had asked is nobody's error.
 */
export function toSample(line: WitnessLine): RequestSample | undefined {
  const { epoch } = line;
  const revision = line.routedRevision ?? line.revision;
  if (line.pinned || line.id.startsWith(PROBE_ID) || line.termination.startsWith('CR')) return undefined;
  if (revision === undefined || epoch === undefined) return undefined;
  const helpedOut = line.retries > 0 || line.redispatched || line.slot !== line.routedSlot;
  const cutShort = /^[sS]/.test(line.termination);
  const error = line.status >= 500 || line.status <= 0 || helpedOut || cutShort;
  return {
    revision,
    ...(line.server === undefined || line.revision === undefined ? {} : { servedBy: line.revision }),
    epoch,
    startedAtMs: line.startedAtMs,
    endedAtMs: line.startedAtMs + Math.max(0, line.durationMs),
    error,
    clientError: !error && line.status >= 400 && line.server !== undefined,
    ...(line.responseMs < 0 ? {} : { latencyMs: Math.max(0, line.connectMs) + line.responseMs }),
  };
}
