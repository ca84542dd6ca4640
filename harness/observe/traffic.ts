import { every, wallMs } from '../core/clock';
import type { Observation, TrafficCounts } from '../contract/observation';
import type { Journal } from '../contract/journal';
import { followWitness, type WitnessLine } from '../front/witness';

type TrafficWindow = Extract<Observation, { type: 'traffic-window' }>;

const WINDOW_MS = 1_000;

/** A front's line reaches us this long after its request at most; later ones are counted in the oldest open window. */
const LATENESS_MS = 1_000;

/** Revision of answers that no replica gave: the front's own. */
const FRONT_ITSELF = 'front';

/** Counts requests and errors (5xx, or no answer) by revision, in windows of one second by the time at which they ended. */
export class TrafficWindows {
  readonly #open = new Map<number, Record<string, TrafficCounts>>();
  #closedUntilMs = 0;

  constructor(readonly service: string) {}

  add(line: Pick<WitnessLine, 'startedAtMs' | 'durationMs' | 'revision' | 'status'>): void {
    const endedMs = line.startedAtMs + Math.max(0, line.durationMs);
    const startMs = Math.max(this.#closedUntilMs, Math.floor(endedMs / WINDOW_MS) * WINDOW_MS);
    const revisions = this.#open.get(startMs) ?? {};
    this.#open.set(startMs, revisions);
    const label = line.revision === '' || line.revision === '-' ? FRONT_ITSELF : (line.revision ?? FRONT_ITSELF);
    const { requests, errors } = revisions[label] ?? { requests: 0, errors: 0 };
    revisions[label] = { requests: requests + 1, errors: errors + (isError(line.status) ? 1 : 0) };
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

/** Appends a `traffic-window` a second for a service, as its front saw it, until `signal` is aborted; then resolves. */
export async function watchTraffic(options: {
  readonly project: string;
  readonly service: string;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { project, service, journal, signal } = options;
  const windows = new TrafficWindows(service);
  const append = (untilMs: number) => {
    for (const window of windows.close(untilMs)) journal.append(window, { atMs: window.startMs + window.lengthMs });
  };
  const stop = every(WINDOW_MS, () => append(wallMs() - LATENESS_MS));
  try {
    await followWitness({ project, service, sinceMs: wallMs(), signal, onLine: (line) => windows.add(line) });
  } finally {
    stop();
    append(Infinity);
  }
}

/** HAProxy writes -1 where there was no answer. */
function isError(status: number): boolean {
  return status >= 500 || status <= 0;
}
