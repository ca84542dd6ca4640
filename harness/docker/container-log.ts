import { sleep } from '../core/clock';
import { hasStatus } from './client';
import { inspectContainer } from './containers';
import { LineDedupe } from './line-dedupe';
import { followLogs, scanLogs, type LogLine } from './logs';

/** What was collected of a container, against what the Engine has. */
export interface LogCompleteness {
  readonly service: string;
  readonly container: string;
  /** Lines written to the run folder while it ran. */
  readonly followed: number;
  /** Lines that only the last reading found. */
  readonly backfilled: number;
  /** Lines in the Engine's own log; absent when the container was removed before it could be read. */
  readonly engine?: number;
  /** Lines that the Engine has and the run folder has not. */
  readonly missing: number;
}

const RECONNECT_MS = 50;

export interface ContainerLogOptions {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  /** Takes each line once. */
  readonly write: (line: LogLine) => void;
  /** Wall ms; what was written before is nobody's business. Default: all of it. */
  readonly sinceMs?: number;
  readonly signal: AbortSignal;
}

/** Follows one container through stops, kills and starts, by its id. Holds no more than the last seconds of its lines. */
export class ContainerLog {
  readonly #dedupe = new LineDedupe();
  #followed = 0;
  #starts = 0;
  #wake: (() => void) | undefined;
  #loop: Promise<void>;

  constructor(private readonly options: ContainerLogOptions) {
    options.signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    this.#loop = this.#run();
  }

  /** The Engine says that the container was started. */
  started(): void {
    this.#starts += 1;
    this.#wake?.();
  }

  /** After the signal was aborted: reads what is left, and counts. */
  async complete(): Promise<LogCompleteness> {
    await this.#loop;
    const { id, service, name, write, sinceMs } = this.options;
    const base = { service, container: name, followed: this.#followed };
    const isNew = this.#dedupe.pass();
    let engine = 0;
    let backfilled = 0;
    try {
      await scanLogs(id, {
        ...(sinceMs === undefined ? {} : { sinceMs }),
        onLine: (line) => {
          engine += 1;
          if (!isNew(line)) return;
          backfilled += 1;
          write(line);
        },
      });
    } catch (error) {
      if (hasStatus(error, 404, 409)) return { ...base, backfilled, missing: 0 };
      throw error;
    }
    return { ...base, backfilled, engine, missing: Math.max(0, engine - this.#followed - backfilled) };
  }

  async #run(): Promise<void> {
    const { id, signal, write } = this.options;
    while (!signal.aborted) {
      const starts = this.#starts;
      const isNew = this.#dedupe.pass();
      const sinceMs = this.#dedupe.sinceMs ?? this.options.sinceMs;
      await followLogs(id, {
        ...(sinceMs === undefined ? {} : { sinceMs }),
        signal,
        onLine: (line) => {
          if (!isNew(line)) return;
          this.#followed += 1;
          write(line);
        },
      }).catch(() => undefined);
      if (signal.aborted) return;
      const goesOn = await this.#mayGoOn();
      if (!goesOn && starts === this.#starts) await this.#nextStart();
      else await sleep(RECONNECT_MS, signal).catch(() => undefined);
    }
  }

  /** Running, or the Engine does not answer now: try again. */
  async #mayGoOn(): Promise<boolean> {
    try {
      const container = await inspectContainer(this.options.id);
      return container?.state === 'running';
    } catch {
      return true;
    }
  }

  async #nextStart(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.options.signal.aborted) resolve();
    });
    this.#wake = undefined;
  }
}
