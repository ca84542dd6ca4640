import type { ManagedService } from '../../contract/config';
import type { Journal } from '../../contract/journal';
import { seededRandom } from '../../core/random';
import type { DeliveryPorts, RequestSample, Weights } from '../ports';
import { firstRevision, replicasOf, type Revision, type RevisionSpec, type Slot } from '../revision';
import { memoryRevisionStore, type RevisionStore } from '../revision-store';

/** How requests to a revision go. */
export interface Behaviour {
  readonly errorRatio?: number;
  readonly clientErrorRatio?: number;
  readonly latencyMs?: number;
  /** Share of the requests that fail only after `hangMs`. */
  readonly hangRatio?: number;
  readonly hangMs?: number;
  readonly neverReady?: boolean;
  /** So many of its replicas get ready. Default: all that were asked for. */
  readonly readyReplicas?: number;
  /** Fails to start. */
  readonly crashesAtBoot?: boolean;
  /** Stops being usable so long after it got its first request, ms. */
  readonly diesAfterMs?: number;
}

export const SETTINGS: ManagedService = { port: 8080, readiness: '/readyz', drainMs: 1_000 };

/** What a revision of a service of one line is made of. */
export function fakeSpec(image: string, settings: ManagedService = SETTINGS): RevisionSpec {
  const definition = { service: {}, networks: {}, volumes: {}, secrets: {}, configs: {} };
  return { image, imageId: `sha256:${image}`, content: `sha256:${image}`, definition, settings };
}

/** The fake process was killed. */
export class Death extends Error {}

export interface FakeWorldOptions {
  readonly seed: string;
  readonly journal: Journal;
  readonly journalPath?: string;
  readonly ratePerSecond?: number;
  /** Replicas that every revision is asked for. Default 1. */
  readonly replicas?: number;
  /** By image. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
}

interface FakeContainer {
  readonly revision: Revision;
  running: boolean;
  firstRequestAtMs?: number;
}

const COMMAND_MS = 2;
const TRAFFIC_SLICE_MS = 5;
const PROBES = 12;

/** A front, its revisions and steady traffic, on a clock that runs only when somebody sleeps. For unit tests. */
export class FakeWorld {
  nowMs = 1_000_000;
  /** Set to make every port throw, as for a process that is no more. */
  dead = false;
  /** Requests that no revision could take. */
  lost = 0;
  /** The front's lines do not arrive any more. */
  muted = false;
  /** Added to every revision's own error ratio: a dependency that fails for all. */
  dependencyErrorRatio = 0;
  /** Share of the requests that deserve a 4xx, whoever answers. */
  badRequestRatio = 0;
  readonly store: RevisionStore;
  readonly containers = new Map<string, FakeContainer>();
  readonly slots: Record<Slot, { label?: string; state: 'ready' | 'drain' | 'maint' }> = {
    blue: { state: 'maint' },
    green: { state: 'maint' },
  };
  weights: Weights = { blue: 100, green: 0 };
  /** Changes of weights so far. */
  epoch = 0;
  readonly #random;
  readonly #listeners = new Set<(sample: RequestSample) => void>();
  readonly #ratePerSecond: number;
  #owedRequests = 0;
  #requests = 0;
  #open: { readonly label: string; readonly epoch: number; readonly startedAtMs: number; readonly endsAtMs: number }[] =
    [];

  constructor(readonly options: FakeWorldOptions) {
    this.#random = seededRandom(options.seed);
    this.#ratePerSecond = options.ratePerSecond ?? 120;
    const first = firstRevision('orders', this.#spec('good:1'));
    this.store = memoryRevisionStore([first]);
    this.containers.set(first.label, { revision: first, running: true });
    this.slots.blue = { label: first.label, state: 'ready' };
  }

  /** Whether the front could send a request to a revision. */
  usable(label: string | undefined): boolean {
    const container = label === undefined ? undefined : this.containers.get(label);
    if (container === undefined || !container.running) return false;
    const { neverReady, diesAfterMs } = this.#behaviour(container);
    const ageMs = this.nowMs - (container.firstRequestAtMs ?? this.nowMs);
    return neverReady !== true && ageMs < (diesAfterMs ?? Infinity);
  }

  /** Share of the traffic that a revision gets, percent. */
  share(label: string): number {
    return this.slots.blue.label === label
      ? this.weights.blue
      : this.slots.green.label === label
        ? this.weights.green
        : 0;
  }

  /** Lets time and traffic pass. */
  pass(delayMs: number): void {
    const endMs = this.nowMs + delayMs;
    while (this.nowMs < endMs) {
      const sliceMs = Math.min(TRAFFIC_SLICE_MS, endMs - this.nowMs);
      this.nowMs += sliceMs;
      this.#owedRequests += (this.#ratePerSecond * sliceMs) / 1_000;
      for (; this.#owedRequests >= 1; this.#owedRequests -= 1) this.#request();
      this.#endHanging();
    }
  }

  ports(): DeliveryPorts {
    const act = async <T>(action: () => T): Promise<T> => {
      if (this.dead) throw new Death('killed');
      this.pass(COMMAND_MS);
      return action();
    };
    const slotOf = ({ slot, label }: Revision) => (this.slots[slot].label === label ? this.slots[slot] : undefined);
    const managed: Record<string, ManagedService> = { orders: SETTINGS };
    return {
      clock: {
        now: () => this.nowMs,
        sleep: async (delayMs, signal) => {
          if (this.dead) throw new Death('killed');
          signal?.throwIfAborted();
          this.pass(delayMs);
          signal?.throwIfAborted();
        },
      },
      journal: this.options.journal,
      ...(this.options.journalPath === undefined ? {} : { journalPath: this.options.journalPath }),
      revisions: this.store,
      managed,
      spec: (_service, image) => act(() => (image.startsWith('absent') ? undefined : this.#spec(image))),
      hasImage: ({ image }) => act(() => !image.startsWith('absent')),
      start: (revision) =>
        act(() => {
          const container = { revision, running: true };
          this.containers.set(revision.label, container);
          if (this.#behaviour(container).crashesAtBoot === true) throw new Error('exited with 1: bad config');
          this.slots[revision.slot] = { label: revision.label, state: 'maint' };
        }),
      revive: (revision) =>
        act(() => {
          const container = this.containers.get(revision.label);
          if (container === undefined) throw new Error(`${revision.label} is gone`);
          container.running = true;
          this.slots[revision.slot] = { label: revision.label, state: 'ready' };
        }),
      usable: (revision) => act(() => this.usable(revision.label)),
      readyReplicas: (revision) =>
        act(() => {
          if (!this.usable(revision.label)) return 0;
          return this.options.behaviours?.[revision.image]?.readyReplicas ?? replicasOf(revision);
        }),
      hanging: (_service, revisions) =>
        act(() => {
          const aged = this.#open.map((request) => ({
            ...request,
            ageS: Math.floor((this.nowMs - request.startedAtMs) / 1_000),
          }));
          return revisions.map(({ label }) =>
            aged.filter((request) => request.label === label && request.ageS > 0).map(({ ageS }) => ageS),
          );
        }),
      admit: (revision) => act(() => void Object.assign(slotOf(revision) ?? {}, { state: 'ready' })),
      setWeights: (_service, weights) =>
        act(() => {
          this.weights = weights;
          return (this.epoch += 1);
        }),
      givenBack: () => act(() => undefined),
      drain: (revision) => act(() => void Object.assign(slotOf(revision) ?? {}, { state: 'drain' })),
      awaitDrained: () => act(() => true),
      retire: (revision) => act(() => void Object.assign(slotOf(revision) ?? {}, { state: 'maint' })),
      stop: (revision) => act(() => void Object.assign(this.containers.get(revision.label) ?? {}, { running: false })),
      remove: (revision) => act(() => void this.containers.delete(revision.label)),
      forget: (revision) => act(() => void this.containers.delete(revision.label)),
      probe: () =>
        act(() => Array.from({ length: PROBES }, () => this.#route()).filter((label) => label !== undefined)),
      watch: (_service, onSample) => act(() => void this.#listeners.add(onSample)),
      caughtUp: () => act(() => !this.muted),
    };
  }

  /** As the front does: by weight, unless that slot cannot serve and the other can. */
  #route(): string | undefined {
    const chosen: Slot = this.#random.next() * 100 < this.weights.green ? 'green' : 'blue';
    const order: readonly Slot[] = chosen === 'green' ? ['green', 'blue'] : ['blue', 'green'];
    const slot = order.find((name) => this.slots[name].state === 'ready' && this.usable(this.slots[name].label));
    return slot === undefined ? undefined : this.slots[slot].label;
  }

  #request(): void {
    const label = this.#route();
    const container = label === undefined ? undefined : this.containers.get(label);
    if (label === undefined || container === undefined) {
      this.lost += 1;
      return;
    }
    container.firstRequestAtMs ??= this.nowMs;
    const {
      errorRatio = 0,
      clientErrorRatio = 0,
      latencyMs = 8,
      hangRatio = 0,
      hangMs = 0,
    } = this.#behaviour(container);
    if (this.#random.next() < hangRatio) {
      this.#open.push({ label, epoch: this.epoch, startedAtMs: this.nowMs, endsAtMs: this.nowMs + hangMs });
      return;
    }
    // A skewed spread about the typical latency, as a busy service has.
    const tookMs = latencyMs * (0.6 + 0.5 * this.#random.next() - 0.3 * Math.log(1 - this.#random.next()));
    const error = this.#random.next() < errorRatio + this.dependencyErrorRatio;
    const sample: RequestSample = {
      id: this.#newId(),
      revision: label,
      servedBy: label,
      epoch: this.epoch,
      startedAtMs: this.nowMs - tookMs,
      endedAtMs: this.nowMs,
      error,
      clientError: !error && this.#random.next() < clientErrorRatio + this.badRequestRatio,
      ...(error ? {} : { latencyMs: tookMs }),
    };
    this.#tell(sample);
  }

  #endHanging(): void {
    const ended = this.#open.filter(({ endsAtMs }) => endsAtMs <= this.nowMs);
    this.#open = this.#open.filter(({ endsAtMs }) => endsAtMs > this.nowMs);
    for (const { label, epoch, startedAtMs, endsAtMs } of ended) {
      this.#tell({
        id: this.#newId(),
        revision: label,
        epoch,
        startedAtMs,
        endedAtMs: endsAtMs,
        error: true,
        clientError: false,
      });
    }
  }

  #newId(): string {
    return `r-${(this.#requests += 1)}`;
  }

  #tell(sample: RequestSample): void {
    if (!this.dead && !this.muted) for (const listener of this.#listeners) listener(sample);
  }

  #spec(image: string): RevisionSpec {
    const spec = fakeSpec(image);
    const { replicas } = this.options;
    return replicas === undefined
      ? spec
      : { ...spec, definition: { ...spec.definition, service: { scale: replicas } } };
  }

  #behaviour({ revision }: FakeContainer): Behaviour {
    return this.options.behaviours?.[revision.image] ?? {};
  }
}
