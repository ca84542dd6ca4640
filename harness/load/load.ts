import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { childExit, forkModule, lastLines } from '../core/child';
import { after, wallMs } from '../core/clock';
import { HarnessError, isHarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { TextCounts } from '../core/text-counts';
import type { Journal } from '../contract/journal';
import type { WrongAnswer } from '../contract/wrong-answer';
import { poll } from '../core/poll';
import { LOAD_ID, type AwaitSteadyOptions, type Load, type LoadOptions } from './contract';
import type { LoadCounts, LoadSummary, LoadWindow } from './counts';
import type { WorkerCommand, WorkerReport } from './protocol';
import { steadiness, type CountsAt } from './steady';
import { checkTarget } from './target';

const START_TIMEOUT_MS = 30_000;
/** For the worker to flush and leave once nothing is in flight any more. */
const EXIT_GRACE_MS = 5_000;
/** Counts come four times a second; older ones say nothing of now. */
const STALE_MS = 2_000;
const STEADY_POLL_MS = 50;
const ZERO: LoadCounts = { sent: 0, ok: 0, failed: 0, lost: 0, late: 0, unsent: 0, inFlight: 0 };

/**
 * Starts an open-loop load in a process of its own.
 * @throws HarnessError `load-target-refused`, `load-rate-invalid`, `load-start-failed`, `load-worker-died`, or the configuration's own error
 */
export async function openLoad(options: LoadOptions): Promise<Load> {
  checkTarget(options.baseUrl);
  checkRate(options.ratePerSecond);
  options.signal?.throwIfAborted();
  const worker = new WorkerLoad(options);
  try {
    await worker.started(options.signal);
    return worker;
  } catch (error) {
    await worker.kill();
    throw error;
  }
}

class WorkerLoad implements Load {
  readonly id: string;
  readonly ledgerPath: string;
  readonly windows: LoadWindow[] = [];
  startedAtMs = 0;
  readonly #child: ChildProcess;
  readonly #journal: Journal;
  readonly #ratePerSecond: number;
  readonly #requestTimeoutMs: number;
  readonly #history: CountsAt[] = [];
  /** Why answers were wrong so far. */
  readonly #wrong = new TextCounts();
  readonly #onWrong: (answer: WrongAnswer) => void;
  readonly #stderr: () => string;
  readonly #exited: Promise<unknown>;
  #failure: HarnessError | undefined;
  #summary: LoadSummary | undefined;
  #stopping: Promise<LoadSummary> | undefined;

  constructor(options: LoadOptions) {
    this.id = newId(LOAD_ID);
    this.ledgerPath = options.ledgerPath;
    this.#journal = options.journal;
    this.#onWrong = options.onWrong ?? (() => undefined);
    this.#ratePerSecond = options.ratePerSecond;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 10_000;
    this.#child = forkModule(join(__dirname, 'worker'));
    this.#stderr = lastLines(this.#child);
    this.#child.on('message', (report: WorkerReport) => this.#hear(report));
    this.#exited = childExit(this.#child).then(
      ({ exitCode, signal }) => {
        if (this.#summary === undefined) this.#failure ??= this.#died(`exit code ${exitCode}, signal ${signal}`);
      },
      (cause: unknown) => {
        this.#failure ??= this.#died(String(cause));
      },
    );
    this.#send({
      type: 'start',
      options: {
        id: this.id,
        configPath: options.configPath,
        ledgerPath: options.ledgerPath,
        baseUrl: options.baseUrl,
        ratePerSecond: options.ratePerSecond,
        seed: options.seed,
        ...(options.weights === undefined ? {} : { weights: options.weights }),
        maxInFlight: options.maxInFlight ?? 1_000,
        requestTimeoutMs: this.#requestTimeoutMs,
        idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
        newConnectionShare: options.newConnectionShare ?? 0,
        maxDurationMs: options.maxDurationMs ?? 1_800_000,
        maxRequests: options.maxRequests ?? 1_000_000,
      },
    });
  }

  async started(signal: AbortSignal | undefined): Promise<void> {
    const hasStarted = () => this.startedAtMs !== 0;
    await poll(() => (hasStarted() || this.#failure !== undefined ? true : undefined), {
      condition: 'the load generator has started',
      timeoutMs: START_TIMEOUT_MS,
      intervalMs: 10,
      code: 'load-start-failed',
      describe: () => ({ load: this.id, stderr: this.#stderr() }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!hasStarted() && this.#failure !== undefined) throw this.#failure;
  }

  counts(): LoadCounts {
    return this.#summary ?? this.#history[this.#history.length - 1]?.counts ?? ZERO;
  }

  async awaitSteady(options: AwaitSteadyOptions): Promise<void> {
    const minRequests = options.minRequests ?? Math.max(1, (this.#ratePerSecond * options.holdMs) / 1_000 / 2);
    const condition = { errorRatioMax: options.errorRatioMax, holdMs: options.holdMs, minRequests };
    // What was before the call proves nothing about what has happened since.
    const sinceMs = wallMs();
    const history = () => this.#history.filter(({ atMs }) => atMs >= sinceMs);
    const look = () => ({ ...steadiness(history(), condition), stale: this.#isStale() });
    const seen = () => {
      const { ended, bad, observedMs, stale } = look();
      const reasons = this.#wrong.all().map(([reason, count]) => `${reason}: ${count}`);
      const why = reasons.length === 0 ? '' : ` (wrong so far: ${reasons.slice(0, 3).join(', ')})`;
      return `${bad} of ${ended} in ${Math.round(observedMs)} ms${stale ? ', and no news since' : ''}${why}`;
    };
    try {
      await poll(() => (this.#failure !== undefined || (look().steady && !look().stale) ? true : undefined), {
        condition: 'the load is steady',
        timeoutMs: options.timeoutMs,
        intervalMs: STEADY_POLL_MS,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (cause) {
      if (!isHarnessError(cause)) throw cause;
      const limit = `at most ${options.errorRatioMax * 100} % of at least ${minRequests} requests in ${options.holdMs} ms`;
      const { bad, unsent, ended, stale } = look();
      // Too few requests to speak of, no news of them, or some that could not be sent, say nothing of the stack.
      const isTheStacks = !stale && ended >= minRequests && bad - unsent > options.errorRatioMax * ended;
      throw new HarnessError(isTheStacks ? 'load-not-steady' : 'load-unseen', {
        message: `${cause.message}: ${seen()} went wrong, allowed are ${limit}`,
        facts: { ...look(), ...condition, counts: this.counts() },
        hint: isTheStacks
          ? 'See the ledger in the run’s folder for what failed; is the rate more than the stack can answer?'
          : 'Is the machine busy? Leave it alone, or lower the rate.',
        cause,
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  stop(): Promise<LoadSummary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<LoadSummary> {
    this.#send({ type: 'stop', drainMs: this.#requestTimeoutMs });
    const cancel = after(this.#requestTimeoutMs + EXIT_GRACE_MS, () => this.#child.kill('SIGKILL'));
    await this.#exited;
    cancel();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#summary === undefined) throw this.#died('it left without a summary');
    return this.#summary;
  }

  #hear(report: WorkerReport): void {
    switch (report.type) {
      case 'started':
        this.startedAtMs = report.atMs;
        this.#history.push({ atMs: report.atMs, counts: ZERO });
        return;
      case 'counts':
        this.#history.push({ atMs: report.atMs, counts: report.counts });
        return;
      case 'wrong':
        for (const answer of report.answers) {
          this.#wrong.add(answer.reason);
          this.#onWrong(answer);
        }
        return;
      case 'window':
        return this.#takeWindow(report.window);
      case 'stopped':
        this.#summary = report.summary;
        return;
      case 'failed':
        this.#failure ??= new HarnessError(report.code, {
          message: report.message,
          facts: { load: this.id },
          ...(report.hint === undefined ? {} : { hint: report.hint }),
        });
    }
  }

  #takeWindow(window: LoadWindow): void {
    this.windows.push(window);
    this.#journal.append({
      type: 'load-window',
      load: this.id,
      startMs: window.startMs,
      lengthMs: window.lengthMs,
      sent: window.sent,
      ok: window.ok,
      failed: window.failed,
      lost: window.lost,
      // The journal knows one figure for "not in time": what could not be sent at all belongs to it.
      late: window.late + window.unsent,
      latencyMsP50: window.latency.p50Ms,
      latencyMsP95: window.latency.p95Ms,
      latencyMsP99: window.latency.p99Ms,
    });
  }

  #isStale(): boolean {
    const newest = this.#history[this.#history.length - 1];
    return newest === undefined || wallMs() - newest.atMs > STALE_MS;
  }

  #send(command: WorkerCommand): void {
    // A worker that is gone is reported by its exit.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }

  #died(how: string): HarnessError {
    const stderr = this.#stderr();
    return new HarnessError('load-worker-died', {
      message: `the load generator ${this.id} ended by itself: ${how}${stderr === '' ? '' : `\n${stderr}`}`,
      facts: { load: this.id, ledgerPath: this.ledgerPath, counts: this.counts() },
    });
  }
}

function checkRate(ratePerSecond: number): void {
  if (Number.isFinite(ratePerSecond) && ratePerSecond > 0) return;
  throw new HarnessError('load-rate-invalid', {
    message: `the rate of a load is above 0 requests a second, not ${ratePerSecond}`,
    facts: { ratePerSecond },
  });
}
