import { sleep } from '../core/clock';
import { inspectContainer } from '../docker/containers';
import { followLogs, readLogs, type LogLine } from '../docker/logs';
import { hasStatus } from '../docker/client';
import { LineDedupe } from './line-dedupe';

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

/** Follows one container through stops, kills and starts, by its id. */
export class ContainerLog {
  readonly #dedupe = new LineDedupe();
  readonly #signal: AbortSignal;
  #followed = 0;
  #starts = 0;
  #wake: (() => void) | undefined;
  #loop: Promise<void>;

  constructor(
    readonly id: string,
    readonly service: string,
    readonly name: string,
    private readonly write: (line: LogLine) => void,
    signal: AbortSignal,
  ) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
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
    const base = { service: this.service, container: this.name, followed: this.#followed };
    let all: LogLine[];
    try {
      all = await readLogs(this.id);
    } catch (error) {
      if (hasStatus(error, 404, 409)) return { ...base, backfilled: 0, missing: 0 };
      throw error;
    }
    const fresh = all.filter(this.#dedupe.pass());
    fresh.forEach(this.write);
    const missing = Math.max(0, all.length - this.#followed - fresh.length);
    return { ...base, backfilled: fresh.length, engine: all.length, missing };
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      const starts = this.#starts;
      const isNew = this.#dedupe.pass();
      const { sinceMs } = this.#dedupe;
      await followLogs(this.id, {
        ...(sinceMs === undefined ? {} : { sinceMs }),
        signal: this.#signal,
        onLine: (line) => {
          if (!isNew(line)) return;
          this.#followed += 1;
          this.write(line);
        },
      }).catch(() => undefined);
      if (this.#signal.aborted) return;
      const goesOn = await this.#mayGoOn();
      if (!goesOn && starts === this.#starts) await this.#nextStart();
      else await sleep(RECONNECT_MS, this.#signal).catch(() => undefined);
    }
  }

  /** Running, or the Engine does not answer now: try again. */
  async #mayGoOn(): Promise<boolean> {
    try {
      const container = await inspectContainer(this.id);
      return container?.state === 'running';
    } catch {
      return true;
    }
  }

  async #nextStart(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#signal.aborted) resolve();
    });
    this.#wake = undefined;
  }
}
