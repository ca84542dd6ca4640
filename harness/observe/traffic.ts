import { every, wallMs } from '../core/clock';
import type { Observation } from '../contract/observation';
import type { Journal } from '../contract/journal';
import { NO_TRAFFIC, type TrafficCounts } from '../contract/traffic-counts';
import type { RequestSample } from '../front/sample';
import type { Witness } from '../front/witness';

type TrafficWindow = Extract<Observation, { type: 'traffic-window' }>;

const WINDOW_MS = 1_000;

/** A front's line reaches us this long after its request at most; later ones are counted in the oldest open window. */
const LATENESS_MS = 1_000;

/** Counts requests, errors and client errors by the revision that was chosen, in windows of one second by the time at which they ended. */
export class TrafficWindows {
  readonly #open = new Map<number, Record<string, TrafficCounts>>();
  #closedUntilMs = 0;

  constructor(readonly service: string) {}

  add({ revision, endedAtMs, error, clientError }: RequestSample): void {
    const startMs = Math.max(this.#closedUntilMs, Math.floor(endedAtMs / WINDOW_MS) * WINDOW_MS);
    const revisions = this.#open.get(startMs) ?? {};
    this.#open.set(startMs, revisions);
    const { requests, errors, clientErrors } = revisions[revision] ?? NO_TRAFFIC;
    revisions[revision] = {
      requests: requests + 1,
      errors: errors + (error ? 1 : 0),
      clientErrors: clientErrors + (clientError ? 1 : 0),
    };
  }

  /** Takes out the windows that ended before `untilMs`, oldest first. Seconds without requests are not there. */
  close(untilMs: number): TrafficWindow[] {
    const ended = [...this.#open].filter(([startMs]) => startMs + WINDOW_MS <= untilMs).sort(([a], [b]) => a - b);
    for (const [startMs] of ended) this.#open.delete(startMs);
    this.#closedUntilMs = Math.max(this.#closedUntilMs, Math.floor(untilMs / WINDOW_MS) * WINDOW_MS);
    return ended.map(([startMs, revisions]) => ({
      type: 'traffic-window',
      service: this.service,
      startMs,
      lengthMs: WINDOW_MS,
      revisions,
    }));
  }
}

/**
 * Appends a `traffic-window` a second for a service, as its witness tells of it. The returned function ends it, with what was told of until
 * then.
 */
export function journalTraffic(witness: Witness, journal: Journal): () => void {
  const windows = new TrafficWindows(witness.service);
  const append = (untilMs: number) => {
    for (const window of windows.close(untilMs)) journal.append(window, { atMs: window.startMs + window.lengthMs });
  };
  const off = witness.on('sample', (sample) => windows.add(sample));
  const stop = every(WINDOW_MS, () => append(wallMs() - LATENESS_MS));
  return () => {
    off();
    stop();
    append(Infinity);
  };
}
