import { every, wallMs } from '../core/clock';
import type { Observation } from '../contract/observation';
import type { Journal } from '../contract/journal';
import { addCounts, NO_TRAFFIC, type TrafficCounts } from '../contract/traffic-counts';
import { countsOf, replaceCounts, type RequestSample } from '../front/sample';
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

  /** What `replaces` has told of a request in a window that is written already stands there: only that it failed is told, in the next. */
  add(sample: RequestSample, replaces?: RequestSample): void {
    const { revision, endedAtMs } = sample;
    const ownMs = Math.floor(endedAtMs / WINDOW_MS) * WINDOW_MS;
    const startMs = Math.max(this.#closedUntilMs, ownMs);
    const revisions = this.#open.get(startMs) ?? {};
    this.#open.set(startMs, revisions);
    const before = revisions[revision] ?? NO_TRAFFIC;
    if (replaces === undefined) revisions[revision] = addCounts(before, countsOf(sample));
    else if (startMs === ownMs) revisions[revision] = replaceCounts(before, sample, replaces);
    else revisions[revision] = addCounts(before, { ...countsOf(sample), requests: 0, clientErrors: 0 });
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
  const off = witness.on('sample', (...told) => windows.add(...told));
  const stop = every(WINDOW_MS, () => append(wallMs() - LATENESS_MS));
  return () => {
    off();
    stop();
    append(Infinity);
  };
}
