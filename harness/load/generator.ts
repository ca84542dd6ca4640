import type { RequestKind } from '../contract/config';
import type { WrongAnswer } from '../contract/wrong-answer';
import { after, every, monotonicMs, sleep, wallMs } from '../core/clock';
import { lateShare, type LoadCounts, type LoadSummary, type LoadWindow } from './counts';
import { TIMED_OUT, isAcknowledged, latencyMs, type LedgerLine } from './ledger-line';
import { judgeAnswer } from './judge-answer';
import { Mix, type MixedRequest } from './mix';
import { Schedule } from './schedule';
import { Sender, type Answer, type Sending } from './sender';
import { Tally } from './tally';

const TIMEOUT_CHECK_MS = 50;
const DRAIN_POLL_MS = 5;

/** What a load is. Every field is plain data, so that it can cross to the worker; `requests` come from the configuration there. */
export interface GeneratorOptions {
  readonly id: string;
  readonly baseUrl: string;
  readonly ratePerSecond: number;
  readonly seed: string;
  readonly weights?: Readonly<Record<string, number>>;
  readonly maxInFlight: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly newConnectionShare: number;
  readonly maxDurationMs: number;
  readonly maxRequests: number;
}

interface InFlight {
  readonly sending: Sending;
  readonly deadlineMs: number;
}

/** Who hears of a load. */
export interface GeneratorListener {
  /** What became of a request. */
  readonly onEnd: (line: LedgerLine) => void;
  /** An answer was wrong: told before `onEnd` tells of the same request. */
  readonly onWrong: (answer: WrongAnswer) => void;
  /** A request could not be built; the load has stopped. */
  readonly onError: (error: unknown) => void;
}

/** Sends requests at their intended moments, whatever becomes of the ones before: an open loop. */
export class Generator {
  readonly startedAtMs = wallMs();
  readonly #options: GeneratorOptions;
  readonly #listener: GeneratorListener;
  readonly #startMs = monotonicMs();
  /** Wall time of the monotonic clock's zero: one correction for the whole load, so that no step of the wall clock shows. */
  readonly #wallOriginMs = this.startedAtMs - this.#startMs;
  readonly #cpuAtStart = process.cpuUsage();
  readonly #mix: Mix;
  readonly #schedule: Schedule;
  readonly #sender: Sender;
  readonly #tally: Tally;
  /** In the order of their start, and so of their deadlines. */
  readonly #inFlight = new Map<number, InFlight>();
  readonly #stopTimeoutChecks: () => void;
  #next = 0;
  #cancelTick: () => void = () => undefined;
  #running = true;
  #bound: 'duration' | 'requests' | undefined;

  /** Starts at once. */
  constructor(options: GeneratorOptions, requests: Readonly<Record<string, RequestKind>>, listener: GeneratorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#mix = new Mix(requests, options.seed, options.weights);
    this.#sender = new Sender(options.baseUrl, options.idleTimeoutMs);
    this.#tally = new Tally(this.#mix.kinds, this.startedAtMs);
    this.#schedule = new Schedule(options.ratePerSecond);
    this.#stopTimeoutChecks = every(TIMEOUT_CHECK_MS, () => this.#endOverdue());
    this.#tick();
  }

  counts(): LoadCounts {
    return this.#tally.counts();
  }

  closeWindow(): LoadWindow {
    return this.#tally.closeWindow(this.#wall(monotonicMs()));
  }

  /** Sends no more. */
  halt(): void {
    this.#running = false;
    this.#cancelTick();
  }

  /** Sends no more and waits for what is in flight; what has not ended after `drainMs` is lost as `cut-off`. */
  async drain(drainMs: number): Promise<void> {
    this.halt();
    const deadlineMs = monotonicMs() + drainMs;
    while (this.#inFlight.size > 0 && monotonicMs() < deadlineMs) await sleep(DRAIN_POLL_MS);
    for (const { sending } of this.#inFlight.values()) sending.cancel('cut-off');
    this.#stopTimeoutChecks();
    this.#sender.close();
  }

  summary(): LoadSummary {
    const counts = this.counts();
    const durationMs = monotonicMs() - this.#startMs;
    const cpu = process.cpuUsage(this.#cpuAtStart);
    return {
      ...counts,
      load: this.#options.id,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.startedAtMs + durationMs,
      durationMs,
      latency: this.#tally.latency(),
      kinds: this.#tally.kinds(),
      lateShare: lateShare(counts),
      lateness: this.#tally.lateness(),
      reasons: this.#tally.reasons(),
      ...(this.#bound === undefined ? {} : { bound: this.#bound }),
      cpuPercent: ((cpu.user + cpu.system) / 1_000 / durationMs) * 100,
    };
  }

  #tick(): void {
    this.#cancelTick();
    try {
      while (this.#running && this.#schedule.nextMs() <= this.#elapsedMs()) this.#takeNext();
    } catch (error) {
      this.halt();
      this.#listener.onError(error);
    }
    if (!this.#running) return;
    this.#cancelTick = after(Math.max(1, Math.ceil(this.#schedule.nextMs() - this.#elapsedMs())), () => this.#tick());
  }

  #takeNext(): void {
    const offsetMs = this.#schedule.nextMs();
    if (offsetMs >= this.#options.maxDurationMs) return this.#end('duration');
    if (this.#next >= this.#options.maxRequests) return this.#end('requests');
    this.#schedule.advance();
    const number = this.#next++;
    const id = `${this.#options.id}-${number}`;
    const mixed = this.#mix.request(number, id);
    if (this.#inFlight.size >= this.#options.maxInFlight) this.#tally.unsent(mixed.kind);
    else this.#send(number, id, mixed, this.#startMs + offsetMs);
  }

  #end(bound: 'duration' | 'requests'): void {
    this.#bound = bound;
    this.halt();
  }

  #send(number: number, id: string, mixed: MixedRequest, intendedMs: number): void {
    const startedMs = monotonicMs();
    this.#tally.started(mixed.kind, startedMs - intendedMs);
    const keepBody = mixed.spec.key !== undefined || mixed.check !== undefined;
    const { newConnectionShare: share } = this.#options;
    const isAlone = Math.floor((number + 1) * share) > Math.floor(number * share);
    const sending = this.#sender.send(mixed.spec, { requestId: id, keepBody, isAlone }, (answer) => {
      this.#inFlight.delete(number);
      this.#record(id, mixed, intendedMs, startedMs, answer);
    });
    this.#inFlight.set(number, { sending, deadlineMs: startedMs + this.#options.requestTimeoutMs });
  }

  #record(id: string, mixed: MixedRequest, intendedMs: number, startedMs: number, answer: Answer): void {
    const endedMs = monotonicMs();
    const { outcome, error, isWrong } = judgeAnswer(answer, mixed);
    if (isWrong) this.#listener.onWrong({ id, reason: error ?? outcome });
    const line: LedgerLine = {
      id,
      kind: mixed.kind,
      intendedAtMs: this.#wall(intendedMs),
      startedAtMs: this.#wall(startedMs),
      endedAtMs: this.#wall(endedMs),
      ...(answer.status === undefined ? {} : { status: answer.status }),
      outcome,
      ...(error === undefined ? {} : { error }),
      ...(mixed.spec.key === undefined ? {} : { key: mixed.spec.key }),
      attempt: 1,
    };
    if (isAcknowledged(line)) this.#mix.acknowledge(answer.body ?? '');
    this.#tally.ended(line.kind, outcome, latencyMs(line), error);
    this.#listener.onEnd(line);
  }

  #endOverdue(): void {
    const nowMs = monotonicMs();
    for (const { sending, deadlineMs } of this.#inFlight.values()) {
      if (deadlineMs > nowMs) return;
      sending.cancel(TIMED_OUT);
    }
  }

  #elapsedMs(): number {
    return monotonicMs() - this.#startMs;
  }

  #wall(monotonic: number): number {
    return monotonic + this.#wallOriginMs;
  }
}
