import type { ManagedService } from '../../contract/config';
import { hookText, type HookCall } from '../../contract/hooks';
import type { Journal } from '../../contract/journal';
import type { SkewTrial } from '../../contract/lines/rollout';
import { HarnessError } from '../../core/errors';
import { seededRandom } from '../../core/random';
import { SLOTS } from '../../front/config';
import { FRONT_ITSELF } from '../../front/sample';
import type { CopiedRequest } from '../../front/copies';
import type { CopyAnswer } from '../../front/copy-text';
import type { FiringAlert } from '../../observe/firing-alerts';
import { giveBackText, isOutdated, type Premise } from '../../front/takeover';
import type { Exit } from '../guards/exits';
import type { DeliveryPorts, RequestSample, Shadow, SkewPort, Weights } from '../ports';
import {
  firstRevision,
  otherSlot,
  replicasOf,
  type Revision,
  type RevisionSpec,
  type Slot,
} from '../revisions/revision';
import { memoryRevisionStore, type RevisionStore } from '../revisions/revision-store';
import { FakeGuardian } from './fake-guardian';
import { COMMAND_MS, fakeProcess } from './fake-process';

/** How requests to a revision go. */
export interface Behaviour {
  readonly errorRatio?: number;
  /** The same of one of its replicas alone, beside that. */
  readonly sickReplicaErrorRatio?: number;
  /** Which one. Default: the first, 1. */
  readonly sickReplica?: number;
  /** What comes in the place of that one is as sick as it was. */
  readonly isSickAgain?: boolean;
  /** Nothing healthy comes in the place of a replica. */
  readonly isIrreplaceable?: boolean;
  /** Its errors begin so long after its first request, ms. Default: at once. */
  readonly errorsAfterMs?: number;
  readonly clientErrorRatio?: number;
  /** Share of the requests whose answer, with 200, the load finds wrong; it tells of them {@link WRONG_AFTER_MS} later. */
  readonly wrongRatio?: number;
  readonly latencyMs?: number;
  /** Share of the requests that take `slowMs` more. */
  readonly slowRatio?: number;
  readonly slowMs?: number;
  /** Share of the requests that fail only after `hangMs`. */
  readonly hangRatio?: number;
  readonly hangMs?: number;
  readonly neverReady?: boolean;
  /** How long each replica takes from its start until it is ready. Default: no time. */
  readonly bootMs?: number;
  /** So many of its replicas get ready. Default: all that were asked for. */
  readonly readyReplicas?: number;
  /** Fails to start. */
  readonly crashesAtBoot?: boolean;
  /** Each of its replicas ends by itself so long after its start, ms, and is started again a second later. */
  readonly exitsAfterMs?: number;
  /** What it ends with. Default 1; `oom` for want of memory. */
  readonly exitCode?: number | 'oom';
  /** Is ready for so long, ms, and then not for as long, in turn. */
  readonly flapMs?: number;
  /** Does not end when it is asked to. */
  readonly ignoresStop?: boolean;
  /** What its log complains of. */
  readonly complaint?: string;
  /** Stops being usable so long after it got its first request, ms. */
  readonly diesAfterMs?: number;
  /** What it answers to a copy, beside an order with its number, its price, and the moment. */
  readonly answers?: (request: CopiedRequest, draw: () => number) => Partial<CopyAnswer>;
}

export const SETTINGS: ManagedService = { port: 8080, readiness: '/readyz', drainMs: 1_000 };

/** How a sequence goes whose first request goes to one image and whose second one to another. Right where it says nothing. */
export type FakeSequence = (images: {
  readonly write: string;
  readonly read: string;
  readonly nowMs: number;
}) => Omit<SkewTrial, 'write' | 'read'> | undefined;

/** What a revision of a service of one line is made of. */
export function fakeSpec(image: string, settings: ManagedService = SETTINGS): RevisionSpec {
  const definition = { service: {}, networks: {}, volumes: {}, secrets: {}, configs: {} };
  return { image, imageId: `sha256:${image}`, content: `sha256:${image}`, definition, settings };
}

export interface FakeWorldOptions {
  readonly seed: string;
  readonly journal: Journal;
  readonly journalPath?: string;
  readonly ratePerSecond?: number;
  /** Default: orders. */
  readonly service?: string;
  /** Replicas that every revision is asked for. Default 1. */
  readonly replicas?: number;
  /** What two revisions leave behind for each other, by the name of a sequence. */
  readonly skew?: Readonly<Record<string, FakeSequence>>;
  /** By image. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
}

function orderRequest(number: number): CopiedRequest {
  return { method: 'GET', path: `/orders/${number}`, headers: [['host', 'orders']] };
}

interface FakeContainer {
  readonly revision: Revision;
  /** Whether any replica runs. */
  running: boolean;
  /** Of those that run then: when each was started. */
  startedAtMs: readonly number[];
  firstRequestAtMs?: number;
  /** A healthy one is in the place of the sick replica. */
  isHealed?: boolean;
}

interface FakeSlot {
  label?: string;
  state: 'ready' | 'drain' | 'maint';
}

const WRONG_AFTER_MS = 40;
/** From the end of a container by itself until the Engine has started it again. */
const RESTART_MS = 1_000;
/** For as long the first revision has run. */
const A_WHILE_MS = 600_000;
/** Copies that wait in a front at most. */
const COPIES_MAX = 64;
const TRAFFIC_SLICE_MS = 5;
const PROBES = 12;

/**
 * A front, its keeper, its revisions and steady traffic, on a clock that runs only when somebody sleeps. For unit tests. That it does as the
 * real ones do is held by `deliveryPortsContract`, which runs against both.
 */
export class FakeWorld {
  nowMs = 1_000_000;
  /** Requests that no revision could take. */
  lost = 0;
  /** Called whenever a little time has passed. */
  everySlice: (() => void) | undefined;
  /** The most revisions that ran at once. */
  mostRunning = 1;
  /** The front's lines do not arrive any more. */
  muted = false;
  /** Added to every revision's own error ratio: a dependency that fails for all. */
  dependencyErrorRatio = 0;
  /** Added to every revision's own share of wrong answers: a dependency that has nothing right to give. */
  dependencyWrongRatio = 0;
  /** Added to every revision's own latency: a dependency, or a machine, that is slow for all, ms. */
  dependencyLatencyMs = 0;
  /** The alerts that fire, of those that there are. */
  firing: readonly FiringAlert[] = [];
  readonly alerts: readonly string[] = ['HighErrorRate', 'SlowAnswers'];
  /** What Prometheus gives for a query. Default: nothing. */
  promql: (query: string) => readonly number[] = () => [];
  /** How hooks end, by what they run; default: at once, and well. */
  hooks: Readonly<Record<string, { readonly failure?: string; readonly says?: string; readonly takesMs?: number }>> =
    {};
  /** Those that were run, in order. */
  readonly hooksRun: HookCall[] = [];
  /** Nobody can say which fire. */
  isPrometheusGone = false;
  /** The copies that were sent: method, and to which revision. */
  readonly copied: string[] = [];
  /** Requests that come from now on. */
  ratePerSecond: number;
  /** Share of the requests that deserve a 4xx, whoever answers. */
  badRequestRatio = 0;
  readonly store: RevisionStore;
  readonly service: string;
  readonly containers = new Map<string, FakeContainer>();
  readonly slots: Record<Slot, FakeSlot> = {
    blue: { state: 'maint' },
    green: { state: 'maint' },
  };
  weights: Weights = { blue: 100, green: 0 };
  /** Changes of routing so far: of weights, labels and modes. */
  epoch = 0;
  readonly guardian = new FakeGuardian(this);
  #isDead = false;
  /** The weights that this process has set. The next one takes over those that stand. */
  #asked: Weights | undefined;
  readonly #random;
  readonly #listeners = new Set<(sample: RequestSample, replaces?: RequestSample) => void>();
  readonly #exitListeners = new Set<(exit: Exit) => void>();
  #wrong: { readonly sample: RequestSample; readonly tellAtMs: number }[] = [];
  #owedRequests = 0;
  #requests = 0;
  #open: { readonly label: string; readonly epoch: number; readonly startedAtMs: number; readonly endsAtMs: number }[] =
    [];

  constructor(readonly options: FakeWorldOptions) {
    this.#random = seededRandom(options.seed);
    this.service = options.service ?? 'orders';
    this.ratePerSecond = options.ratePerSecond ?? 120;
    const first = firstRevision(this.service, this.#spec('good:1'));
    this.store = memoryRevisionStore([first]);
    const startedAtMs = Array.from({ length: replicasOf(first) }, () => this.nowMs - A_WHILE_MS);
    this.containers.set(first.label, { revision: first, running: true, startedAtMs });
    this.slots.blue = { label: first.label, state: 'ready' };
  }

  get dead(): boolean {
    return this.#isDead;
  }

  /** What a process finds that starts now, the one before it being dead. From here on both worlds go their own ways. */
  fork(options: Partial<FakeWorldOptions> = {}): FakeWorld {
    const fork = new FakeWorld({ ...this.options, ...options });
    const { nowMs, weights, epoch, muted, ratePerSecond, badRequestRatio } = this;
    const { dependencyErrorRatio, dependencyWrongRatio, dependencyLatencyMs } = this;
    const dependency = { dependencyErrorRatio, dependencyWrongRatio, dependencyLatencyMs };
    Object.assign(fork, { nowMs, weights, epoch, muted, ratePerSecond, badRequestRatio, ...dependency });
    for (const slot of SLOTS) fork.slots[slot] = { ...this.slots[slot] };
    fork.containers.clear();
    for (const [label, container] of this.containers) fork.containers.set(label, { ...container });
    fork.store.remove(...fork.store.list().map(({ label }) => label));
    fork.store.put(...this.store.list());
    fork.#open = this.#open;
    fork.guardian.inherit(this.guardian);
    return fork;
  }

  /** Set to make every port throw, as for a process that is no more; and its guardian does what is left to do. */
  set dead(isDead) {
    if (isDead === this.#isDead) return;
    this.#isDead = isDead;
    this.#asked = undefined;
    if (isDead) this.guardian.takeOver();
  }

  /** Whether a replica of the revision answers. */
  lives(label: string | undefined): boolean {
    const container = label === undefined ? undefined : this.containers.get(label);
    if (container === undefined || !container.running) return false;
    const { neverReady, diesAfterMs, flapMs = Infinity } = this.#behaviour(container);
    if (Math.floor((this.nowMs - (container.startedAtMs[0] ?? 0)) / flapMs) % 2 === 1) return false;
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

  /** Has replicas of a revision that is there run, so many at least; by default all that it is asked for. */
  startReplicas(label: string, replicas?: number): void {
    const container = this.containers.get(label);
    if (container === undefined) return;
    const running = this.#running(container);
    const missing = Math.max(0, (replicas ?? replicasOf(container.revision)) - running.length);
    container.startedAtMs = [...running, ...Array.from({ length: missing }, () => this.nowMs)];
    container.running = true;
    const revisions = [...this.containers.values()].filter((one) => one.running).length;
    this.mostRunning = Math.max(this.mostRunning, revisions);
  }

  stopReplicas(label: string): void {
    const container = this.containers.get(label);
    if (container !== undefined) container.running = false;
  }

  runningReplicas(label: string): number {
    const container = this.containers.get(label);
    return container === undefined ? 0 : this.#running(container).length;
  }

  /** Of a revision that the front may use. */
  readyReplicas(label: string): number {
    const container = this.containers.get(label);
    if (container === undefined || !this.lives(label)) return 0;
    const { bootMs = 0, readyReplicas = Infinity } = this.#behaviour(container);
    const booted = this.#running(container).filter((startedAtMs) => this.nowMs - startedAtMs >= bootMs);
    return Math.min(booted.length, readyReplicas);
  }

  /** Lets time and traffic pass. */
  pass(delayMs: number): void {
    const endMs = this.nowMs + delayMs;
    while (this.nowMs < endMs) {
      const sliceMs = Math.min(TRAFFIC_SLICE_MS, endMs - this.nowMs);
      this.nowMs += sliceMs;
      this.everySlice?.();
      this.#endThemselves();
      this.#owedRequests += (this.ratePerSecond * sliceMs) / 1_000;
      for (; this.#owedRequests >= 1; this.#owedRequests -= 1) this.#request();
      this.#endHanging();
      this.#tellWrong();
    }
  }

  ports(): DeliveryPorts {
    const { act, clock } = fakeProcess(this);
    const slotOf = ({ slot, label }: Revision) => (this.slots[slot].label === label ? this.slots[slot] : undefined);
    const managed: Record<string, ManagedService> = { [this.service]: SETTINGS };
    return {
      clock,
      journal: this.options.journal,
      ...(this.options.journalPath === undefined ? {} : { journalPath: this.options.journalPath }),
      revisions: this.store,
      ...this.#skew(act),
      shadow: () => act(() => this.#shadow(act)),
      managed,
      alerts: (names) =>
        act(() => {
          if (this.isPrometheusGone) throw new Error('Prometheus does not answer');
          const unknown = names.find((name) => !this.alerts.includes(name));
          if (unknown !== undefined) throw new HarnessError('unknown-alert', { message: `there is no ${unknown}` });
          return this.firing.filter(({ name }) => names.includes(name));
        }),
      promql: (query) =>
        act(() => {
          if (this.isPrometheusGone) throw new Error('Prometheus does not answer');
          return this.promql(query);
        }),
      hook: async (hook, call, signal) => {
        this.hooksRun.push(call);
        const { failure, says, takesMs = COMMAND_MS } = this.hooks[hookText(hook)] ?? {};
        const isLate = takesMs > hook.timeoutMs;
        const endsAtMs = this.nowMs + Math.min(takesMs, hook.timeoutMs);
        while (this.nowMs < endsAtMs && signal?.aborted !== true) await act(() => undefined);
        const how = isLate ? `did not end within ${hook.timeoutMs} ms` : failure;
        return { ...(how === undefined ? {} : { failure: how }), lastLines: says === undefined ? [] : [says] };
      },
      spec: (_service, image) => act(() => (image.startsWith('absent') ? undefined : this.#spec(image))),
      hasImage: ({ image }) => act(() => !image.startsWith('absent')),
      start: (revision, { replicas }) =>
        act(() => {
          const container = this.containers.get(revision.label) ?? { revision, running: false, startedAtMs: [] };
          this.containers.set(revision.label, container);
          this.startReplicas(revision.label, replicas);
          if (this.#behaviour(container).crashesAtBoot === true) throw new Error('exited with 1: bad config');
          this.#keep(revision);
        }),
      revive: (revision, { replicas }) =>
        act(() => {
          const container = this.containers.get(revision.label);
          if (container === undefined) throw new Error(`${revision.label} is gone`);
          this.startReplicas(revision.label, replicas);
          this.#keep(revision);
        }),
      thin: (revision, { keep }) =>
        act(() => {
          const container = this.containers.get(revision.label);
          const isStopped = container !== undefined && this.#running(container).length > keep;
          this.#thin(revision.label, keep);
          return { isDrained: true, killed: isStopped ? this.#killed(container) : [] };
        }),
      replace: (revision, replica) =>
        act(() => {
          const container = this.containers.get(revision.label);
          const index = Number(replica.replace(/\D+/, '')) - 1;
          if (container === undefined || container.startedAtMs[index] === undefined) {
            throw new Error(`there is no ${replica}`);
          }
          const { isSickAgain = false, isIrreplaceable = false } = this.#behaviour(container);
          if (isIrreplaceable) {
            this.#thin(revision.label, container.startedAtMs.length - 1);
            throw new Error('no room for another one');
          }
          container.startedAtMs = container.startedAtMs.with(index, this.nowMs);
          container.isHealed = !isSickAgain;
          return { container: `${revision.label}-${index + 1}`, isDrained: true, killed: this.#killed(container) };
        }),
      usable: (revision) => act(() => slotOf(revision) !== undefined && this.#serves(revision.slot)),
      readyReplicas: (revision) =>
        act(() => {
          return slotOf(revision) !== undefined && this.#serves(revision.slot) ? this.readyReplicas(revision.label) : 0;
        }),
      runningReplicas: ({ label }) => act(() => this.runningReplicas(label)),
      diagnose: (revision) =>
        act(() => ({
          checks: this.lives(revision.label) ? [] : ['connection refused on port 8080 (GET /readyz)'],
          lastLines: [`${revision.image} listens on 9000`],
        })),
      complaints: ({ label }) =>
        act(() => {
          const container = this.containers.get(label);
          const words = container === undefined ? undefined : this.#behaviour(container).complaint;
          return words === undefined ? [] : [{ words, count: 3 }];
        }),
      watchExits: (_service, onExit) => act(() => void this.#exitListeners.add(onExit)),
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
      admit: (revision) => act(() => this.#set(slotOf(revision), 'ready')),
      setWeights: (_service, weights, terms = {}) =>
        act(() => {
          this.#requireOwn({ weights });
          this.guardian.lease(weights, terms);
          if (weights.green !== this.weights.green) this.epoch += 1;
          this.weights = weights;
          this.#asked = weights;
          return this.epoch;
        }),
      share: ({ label }) => act(() => this.share(label)),
      lease: (candidate, terms) => act(() => this.guardian.leaseStable(candidate, terms)),
      endLease: () => act(() => this.guardian.endLease()),
      givenBack: () =>
        act(() => {
          const { given } = this.guardian;
          return given && { candidate: given.candidate, says: giveBackText(given) };
        }),
      drain: (revision) => act(() => this.#takeOut(slotOf(revision), 'drain', revision.slot)),
      awaitDrained: () => act(() => true),
      retire: (revision) => act(() => this.#takeOut(slotOf(revision), 'maint', revision.slot)),
      stop: (revision) =>
        act(() => {
          const container = this.containers.get(revision.label);
          const killed = container?.running === true ? this.#killed(container) : [];
          this.stopReplicas(revision.label);
          return killed;
        }),
      remove: (revision) => act(() => void this.containers.delete(revision.label)),
      forget: (revision) => act(() => void this.containers.delete(revision.label)),
      probe: () => act(() => Array.from({ length: PROBES }, () => this.#route().served?.label ?? 'nobody')),
      watch: (_service, onSample) => act(() => void this.#listeners.add(onSample)),
      caughtUp: () => act(() => !this.muted),
    };
  }

  /** Of the requests that come, those that ask for an order: one of a thousand. */
  #shadow(act: <T>(action: () => T) => Promise<T>): Shadow {
    const before = this.#requests;
    let taken = before;
    return {
      requests: () =>
        act(() => {
          const came = this.muted ? 0 : Math.min(this.#requests - taken, COPIES_MAX);
          taken = this.#requests;
          return Array.from({ length: came }, (_, n) => orderRequest((taken - n) % 1_000));
        }),
      ask: (request, revisions) =>
        act(() => {
          this.copied.push(...revisions.map(({ label }) => `${request.method} ${label}`));
          return revisions.map((revision) => this.#answerCopy(request, revision));
        }),
      seen: () => ({ reads: this.#requests - before, others: 0 }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #answerCopy(request: CopiedRequest, { slot, label }: Revision): CopyAnswer | undefined {
    const container = this.containers.get(label);
    if (container === undefined || this.slots[slot].label !== label || !this.#serves(slot)) return undefined;
    const { answers, latencyMs = 8, errorRatio = 0 } = this.#behaviour(container);
    const draw = () => this.#random.next();
    const status = draw() < errorRatio ? 500 : 200;
    const order = { id: request.path.split('/').at(-1), total: 12.5, at: this.nowMs + draw() };
    const usual = { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) };
    return { ...usual, revision: label, latencyMs: latencyMs * (0.6 + 0.8 * draw()), ...answers?.(request, draw) };
  }

  /** Lets one more request come, and says which revision answered it. */
  ask(): string | undefined {
    return this.#request();
  }

  #skew(act: <T>(action: () => T) => Promise<T>): { readonly skew?: SkewPort } {
    const { skew } = this.options;
    if (skew === undefined) return {};
    const attempt: SkewPort['attempt'] = (name, { write, read }) =>
      act(() => {
        const dead = [write, read].find(({ label, slot }) => this.slots[slot].label !== label || !this.#serves(slot));
        if (dead !== undefined) return { is: 'wrong', request: 'any', reason: `${dead.label} does not serve` };
        return skew[name]?.({ write: write.image, read: read.image, nowMs: this.nowMs }) ?? { is: 'right' };
      });
    return { skew: { names: () => Object.keys(skew), passes: () => ['orders'], attempt } };
  }

  /** Containers of a revision that end by themselves, as the Engine tells of them. */
  tellExit(exit: Exit): void {
    if (!this.dead) for (const listener of this.#exitListeners) listener(exit);
  }

  #killed(container: FakeContainer): readonly string[] {
    return this.#behaviour(container).ignoresStop === true ? [`${container.revision.label}-1`] : [];
  }

  #endThemselves(): void {
    for (const container of this.containers.values()) {
      const { exitsAfterMs, exitCode = 1 } = this.#behaviour(container);
      if (exitsAfterMs === undefined || !container.running) continue;
      container.startedAtMs = container.startedAtMs.map((startedAtMs, index) => {
        if (this.nowMs - startedAtMs < exitsAfterMs) return startedAtMs;
        this.tellExit({
          revision: container.revision.label,
          container: `${container.revision.label}-${index + 1}`,
          ...{ atMs: this.nowMs, ranMs: exitsAfterMs, lastWords: 'the price list has no currency' },
          ...{ exitCode: exitCode === 'oom' ? 137 : exitCode, isOutOfMemory: exitCode === 'oom' },
        });
        return this.nowMs + RESTART_MS;
      });
    }
  }

  #running({ running, startedAtMs }: FakeContainer): readonly number[] {
    return running ? startedAtMs : [];
  }

  /** The youngest go first: they are those that are not ready, if any is not. */
  #thin(label: string, keep: number): void {
    const container = this.containers.get(label);
    if (container === undefined) return;
    container.startedAtMs = this.#running(container).slice(0, keep);
    container.running = container.startedAtMs.length > 0;
  }

  /** The keeper: a revision that is new in a slot waits to be admitted; one that was in it finds the slot as it was. */
  #keep({ slot, label }: Revision): void {
    if (this.slots[slot].label === label) return;
    this.slots[slot] = { label, state: 'maint' };
    this.epoch += 1;
  }

  #set(slot: FakeSlot | undefined, state: FakeSlot['state']): void {
    if (slot === undefined || slot.state === state) return;
    slot.state = state;
    this.epoch += 1;
  }

  #takeOut(held: FakeSlot | undefined, state: 'drain' | 'maint', slot: Slot): void {
    if (held !== undefined) this.#requireOwn({ slot, isIdle: true });
    this.#set(held, state);
  }

  /** As the front does: what rests on weights that the guardian has changed is refused. */
  #requireOwn(premise: Premise): void {
    const { slots, weights } = this;
    if (!isOutdated(premise, { slots, weights: this.#asked ?? weights }, { slots, weights })) return;
    throw new HarnessError('front-taken-over', { message: `the front of ${this.service} was taken over` });
  }

  /** The front checks, and uses, only what was admitted. */
  #serves(slot: Slot): boolean {
    const { label, state } = this.slots[slot];
    return state === 'ready' && label !== undefined && this.readyReplicas(label) > 0;
  }

  /** As the front does: by weight; where the chosen slot cannot serve, the other one helps out if it has a weight of its own. */
  #route(): { readonly chosen: FakeSlot; readonly served: FakeSlot | undefined } {
    const chosen: Slot = this.#random.next() * 100 < this.weights.green ? 'green' : 'blue';
    const other = otherSlot(chosen);
    const served = this.#serves(chosen) ? chosen : this.weights[other] > 0 && this.#serves(other) ? other : undefined;
    return { chosen: this.slots[chosen], served: served === undefined ? undefined : this.slots[served] };
  }

  #request(): string | undefined {
    const { chosen, served } = this.#route();
    const label = served?.label;
    const container = label === undefined ? undefined : this.containers.get(label);
    const revision = chosen.label ?? FRONT_ITSELF;
    const failed = { id: this.#newId(), revision, epoch: this.epoch, error: true, clientError: false };
    if (label === undefined || container === undefined) {
      this.lost += 1;
      this.#tell({ ...failed, startedAtMs: this.nowMs, endedAtMs: this.nowMs });
      return undefined;
    }
    container.firstRequestAtMs ??= this.nowMs;
    const {
      errorRatio = 0,
      sickReplicaErrorRatio = 0,
      sickReplica = 1,
      errorsAfterMs = 0,
      clientErrorRatio = 0,
      latencyMs = 8,
      wrongRatio = 0,
      slowRatio = 0,
      slowMs = 0,
      hangRatio = 0,
      hangMs = 0,
    } = this.#behaviour(container);
    if (this.#random.next() < hangRatio) {
      this.#open.push({ label, epoch: this.epoch, startedAtMs: this.nowMs, endsAtMs: this.nowMs + hangMs });
      return undefined;
    }
    // A skewed spread about the typical latency, as a busy service has.
    const typicalMs = latencyMs + this.dependencyLatencyMs;
    const spreadMs = typicalMs * (0.6 + 0.5 * this.#random.next() - 0.3 * Math.log(1 - this.#random.next()));
    const tookMs = spreadMs + (this.#random.next() < slowRatio ? slowMs : 0);
    const hasBegun = this.nowMs - container.firstRequestAtMs >= errorsAfterMs;
    const replica = 1 + (this.#requests % Math.max(1, this.readyReplicas(label)));
    const ownRatio =
      (hasBegun ? errorRatio : 0) +
      (replica === sickReplica && container.isHealed !== true ? sickReplicaErrorRatio : 0);
    const error = this.#random.next() < ownRatio + this.dependencyErrorRatio || chosen !== served;
    const sample: RequestSample = {
      ...failed,
      servedBy: label,
      replica: `${container.revision.slot}${replica}`,
      startedAtMs: this.nowMs - tookMs,
      endedAtMs: this.nowMs,
      error,
      clientError: !error && this.#random.next() < clientErrorRatio + this.badRequestRatio,
      ...(error ? {} : { latencyMs: tookMs }),
    };
    this.#tell(sample);
    const isWrong = !error && this.#random.next() < wrongRatio + this.dependencyWrongRatio;
    if (isWrong) this.#wrong.push({ sample, tellAtMs: this.nowMs + WRONG_AFTER_MS });
    return label;
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

  #tellWrong(): void {
    const due = this.#wrong.filter(({ tellAtMs }) => tellAtMs <= this.nowMs);
    this.#wrong = this.#wrong.filter(({ tellAtMs }) => tellAtMs > this.nowMs);
    for (const { sample } of due) {
      this.#tell({ ...sample, error: true, clientError: false, wrong: 'no order id' }, sample);
    }
  }

  #newId(): string {
    return `r-${(this.#requests += 1)}`;
  }

  #tell(sample: RequestSample, replaces?: RequestSample): void {
    if (!this.dead && !this.muted) for (const listener of this.#listeners) listener(sample, replaces);
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
