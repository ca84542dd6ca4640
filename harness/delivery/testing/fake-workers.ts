import type { MessageOutcome } from '../../contract/outcomes';
import type { WorkerSettings } from '../../contract/config';
import type { Journal } from '../../contract/journal';
import { seededRandom } from '../../core/random';
import type { GuardedUndo } from '../../faults/guardian';
import type { DeliveryPorts } from '../ports';
import { firstRevision, replicasOf, type Revision, type RevisionSpec } from '../revisions/revision';
import { memoryRevisionStore, type RevisionStore } from '../revisions/revision-store';
import { workerPorts, type Consumers } from '../workers/worker-ports';
import { fakeProcess } from './fake-process';

/** How a revision's consumers handle messages. */
export interface Handling {
  /** Share of the attempts that fail, and are made again. */
  readonly failRatio?: number;
  readonly tookMs?: number;
  readonly neverReady?: boolean;
  readonly crashesAtBoot?: boolean;
  /** From their start until they are ready and take messages. */
  readonly bootMs?: number;
}

export interface FakeWorkersOptions {
  readonly journal: Journal;
  readonly journalPath?: string;
  readonly settings?: Partial<WorkerSettings>;
  readonly ratePerSecond?: number;
  readonly replicas?: number;
  /** By image. */
  readonly handling?: Readonly<Record<string, Handling>>;
  /** Nobody tells how long a message took. */
  readonly isUntimed?: boolean;
}

interface Consumer {
  readonly revision: Revision;
  readonly startedAtMs: number;
  /** The message in work. */
  message?: { readonly id: number; readonly takenAtMs: number; readonly endsAtMs: number };
}

const SERVICE = 'mailer';
const SLICE_MS = 5;
const ATTEMPTS_MAX = 5;

/** A queue, consumers of two revisions, and a guardian, on a clock that runs only when somebody sleeps. For unit tests. */
export class FakeWorkers {
  nowMs = 1_000_000;
  readonly store: RevisionStore;
  readonly label = `${SERVICE}-r1`;
  consumers: Consumer[] = [];
  /** Ids of messages, in the order in which they will be taken. */
  queue: number[] = [];
  /** How often each message had its effect, by id. */
  readonly effects = new Map<number, number>();
  /** Ids of messages that are tried no more. */
  readonly deadLetters: number[] = [];
  /** The most consumers that ran at once. */
  mostRunning = 0;
  fewestRunning = Infinity;
  sent = 0;
  /** The source tells nothing any more. */
  isSilent = false;
  /** The source cannot be asked. */
  isBroken = false;
  everySlice: (() => void) | undefined;
  readonly #attempts = new Map<number, number>();
  readonly #random = seededRandom('workers');
  #isDead = false;
  #owed = 0;
  #told: MessageOutcome[] = [];
  #ticks: { readonly everyMs: number; readonly action: () => void; dueMs: number }[] = [];
  #lease: GuardedUndo | undefined;

  constructor(readonly options: FakeWorkersOptions) {
    const first = firstRevision(SERVICE, this.spec('good:1'));
    this.store = memoryRevisionStore([first]);
    for (let at = 0; at < replicasOf(first); at += 1) this.#startOne(first, this.nowMs - 60_000);
  }

  /** Set to make every port throw, as for a process that is no more; its guardian then does what is left to do. */
  set dead(isDead: boolean) {
    if (isDead && !this.#isDead) this.#takeOver();
    this.#isDead = isDead;
    this.#ticks = [];
  }

  get dead(): boolean {
    return this.#isDead;
  }

  running(label: string): number {
    return this.consumers.filter(({ revision }) => revision.label === label).length;
  }

  /** Messages that are neither done, nor given up, nor waiting, nor in work. */
  get lost(): number {
    const inWork = this.consumers.flatMap(({ message }) => message?.id ?? []);
    const known = new Set([...this.queue, ...inWork, ...this.effects.keys(), ...this.deadLetters]);
    return this.sent - known.size;
  }

  spec(image: string): RevisionSpec {
    const { settings, replicas = 4 } = this.options;
    const definition = { service: { scale: replicas }, networks: {}, volumes: {}, secrets: {}, configs: {} };
    const own: WorkerSettings = { kind: 'worker', ...settings };
    return { image, imageId: `sha256:${image}`, content: `sha256:${image}`, definition, settings: own };
  }

  ports(): DeliveryPorts {
    const { act, clock } = fakeProcess(this);
    const grow = (revision: Revision, replicas?: number) => {
      const missing = (replicas ?? replicasOf(revision)) - this.running(revision.label);
      for (let at = 0; at < missing; at += 1) this.#startOne(revision, this.nowMs);
    };
    const consumers: Consumers = {
      clock,
      journal: this.options.journal,
      ...(this.options.journalPath === undefined ? {} : { journalPath: this.options.journalPath }),
      revisions: this.store,
      managed: { [SERVICE]: { kind: 'worker', ...this.options.settings } },
      hook: () => act(() => ({ lastLines: [] })),
      spec: (_service, image) => act(() => this.spec(image)),
      hasImage: () => act(() => true),
      start: (revision, { replicas }) =>
        act(() => {
          if (this.#handling(revision).crashesAtBoot === true) throw new Error('exited with 1: bad config');
          grow(revision, replicas);
        }),
      revive: (revision, { replicas }) => act(() => grow(revision, replicas)),
      thin: ({ label }, { keep }) =>
        act(() => {
          this.#stopAll(label, keep);
          return { isDrained: true, killed: [] };
        }),
      readyReplicas: (revision) => act(() => this.#ready(revision.label).length),
      runningReplicas: ({ label }) => act(() => this.running(label)),
      diagnose: () => act(() => ({ checks: ['its health check does not pass'], lastLines: [] })),
      complaints: () => act(() => []),
      watchExits: () => act(() => undefined),
      stop: ({ label }) =>
        act(() => {
          this.#stopAll(label);
          return [];
        }),
      remove: ({ label }) => act(() => this.#stopAll(label)),
      forget: ({ label }) => act(() => this.#stopAll(label)),
    };
    return workerPorts({
      consumers,
      guardian: {
        register: (undo) => act(() => void (this.#lease = undo)),
        unregister: () => act(() => void (this.#lease = undefined)),
      },
      outcomes: {
        [SERVICE]: () => ({
          read: async (sinceMs) => {
            if (this.isBroken) throw new Error('connection refused');
            return this.isSilent ? [] : this.#told.filter(({ endedAtMs }) => endedAtMs >= sinceMs);
          },
        }),
      },
      every: (everyMs, action) => {
        const tick = { everyMs, action, dueMs: this.nowMs + everyMs };
        this.#ticks.push(tick);
        return () => void (this.#ticks = this.#ticks.filter((one) => one !== tick));
      },
    });
  }

  /** Lets time and messages pass. */
  pass(delayMs: number): void {
    const endMs = this.nowMs + delayMs;
    while (this.nowMs < endMs) {
      const sliceMs = Math.min(SLICE_MS, endMs - this.nowMs);
      this.nowMs += sliceMs;
      this.#owed += ((this.options.ratePerSecond ?? 100) * sliceMs) / 1_000;
      for (; this.#owed >= 1; this.#owed -= 1) this.queue.push((this.sent += 1));
      // Whoever asks first gets the next message.
      const first = this.#random.integer(Math.max(1, this.consumers.length));
      for (const consumer of [...this.consumers.slice(first), ...this.consumers.slice(0, first)]) this.#work(consumer);
      this.fewestRunning = Math.min(this.fewestRunning, this.consumers.length);
      this.everySlice?.();
      for (const tick of this.#ticks) {
        if (tick.dueMs > this.nowMs) continue;
        tick.dueMs += tick.everyMs;
        tick.action();
      }
    }
  }

  #work(consumer: Consumer): void {
    const { message, revision } = consumer;
    const { failRatio = 0, tookMs = 10, bootMs = 0 } = this.#handling(revision);
    if (message !== undefined && message.endsAtMs > this.nowMs) return;
    if (message !== undefined) {
      const isGood = this.#random.next() >= failRatio;
      const attempt = 1 + (this.#attempts.get(message.id) ?? 0);
      this.#attempts.set(message.id, attempt);
      if (isGood) this.effects.set(message.id, 1 + (this.effects.get(message.id) ?? 0));
      else if (attempt < ATTEMPTS_MAX) this.queue.push(message.id);
      else this.deadLetters.push(message.id);
      const outcome = isGood ? 'ack' : attempt < ATTEMPTS_MAX ? 'retry' : 'dead';
      const took = this.options.isUntimed === true ? {} : { tookMs: this.nowMs - message.takenAtMs };
      this.#told.push({
        id: `${message.id}-${attempt}`,
        revision: revision.label,
        outcome,
        endedAtMs: this.nowMs,
        ...took,
      });
      if (this.#told.length > 4_000) this.#told = this.#told.slice(-2_000);
      delete consumer.message;
    }
    if (this.nowMs - consumer.startedAtMs < bootMs) return;
    const id = this.queue.shift();
    if (id === undefined) return;
    const spreadMs = tookMs * (0.6 + 0.8 * this.#random.next());
    consumer.message = { id, takenAtMs: this.nowMs, endsAtMs: this.nowMs + spreadMs };
  }

  #startOne(revision: Revision, startedAtMs: number): void {
    this.consumers.push({ revision, startedAtMs });
    this.mostRunning = Math.max(this.mostRunning, this.consumers.length);
  }

  /** What is in work goes back. */
  #stopAll(label: string, keep = 0): void {
    const own = this.consumers.filter(({ revision }) => revision.label === label).slice(keep);
    for (const { message } of own) if (message !== undefined) this.queue.unshift(message.id);
    this.consumers = this.consumers.filter((one) => !own.includes(one));
  }

  #ready(label: string): Consumer[] {
    return this.consumers.filter(({ revision, startedAtMs }) => {
      const { neverReady, bootMs = 0 } = this.#handling(revision);
      return revision.label === label && neverReady !== true && this.nowMs - startedAtMs >= bootMs;
    });
  }

  #handling({ image }: Revision): Handling {
    return this.options.handling?.[image] ?? {};
  }

  /** As the agent's `bringBack` does. */
  #takeOver(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease?.action !== 'consumers') return;
    const stable = this.store.list(SERVICE).find(({ label }) => label === lease.stable);
    this.#stopAll(lease.candidate);
    if (stable === undefined) return;
    for (let left = replicasOf(stable) - this.running(stable.label); left > 0; left -= 1)
      this.#startOne(stable, this.nowMs);
  }
}
