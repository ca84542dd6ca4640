import { every, sleep } from '../core/clock';
import { errorMessage, runAll } from '../core/errors';
import type { Journal } from '../contract/journal';
import { poll } from '../core/poll';
import { listContainers, type ContainerInfo } from '../docker/containers';
import { watchEvents, type ContainerEvent } from '../docker/events';
import type { Slot } from './config';
import { Front } from './front';
import { commonAddress } from './state';

/** A front that could not be told is tried again after this long, ms. */
const RETRY_MS = 500;

/** Also without an event all is looked at this often, ms: one that was missed costs a while, and not the run. */
const LOOK_AGAIN_MS = 10_000;

/** What the keeper needs to know of a revision. */
export interface KeptRevision {
  readonly service: string;
  readonly number: number;
  readonly label: string;
  readonly slot: Slot;
  readonly status: string;
}

export interface FrontKeeperOptions {
  readonly project: string;
  /** The managed services as they are now: a release may bring one, or take one away. */
  readonly services: () => readonly string[];
  /** The revisions as they are known now. */
  readonly revisions: () => readonly KeptRevision[];
  /** Whether another process keeps the front of a service: it rolls it out. Default: none does. */
  readonly isElsewhere?: (service: string) => boolean;
  readonly signal: AbortSignal;
  readonly journal: Journal;
}

/**
 * Keeps the fronts true to the containers: a replica that starts gets its place, one that dies gives its address up before another
 * container can get it. Addresses are its business and nothing else: what a slot may serve is the controller's to say. Works while the stack is brought up, since fronts are healthy only once a replica is in.
 */
export class FrontKeeper implements AsyncDisposable {
  readonly #fronts = new Map<string, Front>();
  readonly #work = new Map<string, Promise<void>>();
  readonly #queued = new Set<string>();
  /** Services whose fronts do not stand as they should, and why. */
  readonly #behind = new Map<string, unknown>();
  readonly #end = new AbortController();
  #signal: AbortSignal;

  private constructor(private readonly options: FrontKeeperOptions) {
    this.#signal = AbortSignal.any([options.signal, this.#end.signal]);
  }

  /** Watches from now on, and looks at what runs already. */
  static async start(options: FrontKeeperOptions): Promise<FrontKeeper> {
    const keeper = new FrontKeeper(options);
    await watchEvents({
      project: options.project,
      signal: keeper.#signal,
      onEvent: (event) => keeper.#onEvent(event),
      onReconnect: (reason) => {
        options.journal.append({ type: 'note', message: `Engine events interrupted: ${reason}` });
        keeper.#refreshAll();
      },
    });
    keeper.#refreshAll();
    const stop = every(LOOK_AGAIN_MS, () => keeper.#refreshAll());
    keeper.#end.signal.addEventListener('abort', stop, { once: true });
    return keeper;
  }

  /**
   * The front of a managed service, as soon as it runs.
   * @throws HarnessError `front-unreachable`
   */
  async front(
    service: string,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Front> {
    return poll(() => this.#fronts.get(service), {
      condition: `the front of ${service} is attached`,
      code: 'front-unreachable',
      timeoutMs: options.timeoutMs ?? 60_000,
      intervalMs: 20,
      signal: options.signal === undefined ? this.#signal : AbortSignal.any([options.signal, this.#signal]),
    });
  }

  /** Resolves when all that was seen of a service so far stands in its front. Throws what kept it from that. */
  async settled(service: string): Promise<void> {
    this.#refresh(service);
    await this.#work.get(service);
    if (this.#behind.has(service)) throw this.#behind.get(service);
  }

  /** Lets the front of a service go that is removed: one that comes in its place, with nothing of its routing, is attached anew. */
  async forget(service: string): Promise<void> {
    await this.#work.get(service);
    const front = this.#fronts.get(service);
    this.#fronts.delete(service);
    this.#behind.delete(service);
    await front?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('the front keeper was let go'));
    await Promise.allSettled(this.#work.values());
    await runAll([...this.#fronts.values()].map((front) => async () => front[Symbol.asyncDispose]()));
  }

  #onEvent(event: ContainerEvent): void {
    if (event.role !== 'front' && event.role !== 'revision') return;
    if (event.action === 'start' || event.action === 'die') this.#refresh(event.service);
  }

  #refreshAll(): void {
    for (const service of this.options.services()) this.#refresh(service);
  }

  /** Looks at a service's containers again, after what is under way: one look serves all events that came before it. */
  #refresh(service: string): void {
    if (!this.options.services().includes(service) || this.#queued.has(service)) return;
    this.#queued.add(service);
    const before = this.#work.get(service) ?? Promise.resolve();
    const work = before.then(async () => {
      this.#queued.delete(service);
      if (this.#signal.aborted) return;
      try {
        await this.#reconcile(service);
        this.#behind.delete(service);
      } catch (error) {
        if (!this.#signal.aborted) this.#fellBehind(service, error);
      }
    });
    this.#work.set(service, work);
  }

  /** Tells of it once, and looks again until the front is as it should be: no later event may come. */
  #fellBehind(service: string, error: unknown): void {
    if (!this.#behind.has(service)) {
      const message = `front of ${service} is behind: ${errorMessage(error)}`;
      this.options.journal.append({ type: 'note', message, detail: { service } });
    }
    this.#behind.set(service, error);
    void sleep(RETRY_MS, this.#signal).then(
      () => this.#refresh(service),
      () => undefined,
    );
  }

  async #reconcile(service: string): Promise<void> {
    const { project, isElsewhere } = this.options;
    if (isElsewhere?.(service) === true) return;
    const all = await listContainers({ project, service, all: false });
    const own = all.find((container) => container.role === 'front' && container.state === 'running');
    if (own === undefined) return;
    const front = await this.#attached(service);
    // A paused replica keeps its place: that it does not answer is for the front's checks to find.
    const running = all.filter(({ role, state }) => role === 'revision' && (state === 'running' || state === 'paused'));
    for (const slot of ['blue', 'green'] as const) await this.#fill(front, own, slot, running);
  }

  async #attached(service: string): Promise<Front> {
    const known = this.#fronts.get(service);
    if (known !== undefined) return known;
    const stable = this.options.revisions().find((one) => one.service === service && one.status === 'stable');
    const front = await Front.attach({ project: this.options.project, service, signal: this.#signal, stable });
    this.#fronts.set(service, front);
    return front;
  }

  async #fill(front: Front, own: ContainerInfo, slot: Slot, running: readonly ContainerInfo[]): Promise<void> {
    const inSlot = this.options
      .revisions()
      .filter((revision) => revision.service === front.service && revision.slot === slot)
      .sort((a, b) => b.number - a.number);
    const revision = inSlot.find(({ number }) => running.some((container) => container.revision === number));
    const label = revision?.label ?? front.state.slots[slot].label;
    if (label === undefined) return;
    const ips = running
      .filter((container) => revision !== undefined && container.revision === revision.number)
      .map((container) => commonAddress(own.networks, container.networks))
      .filter((ip) => ip !== undefined);
    await front.assign(slot, { label, servers: ips.map((ip) => ({ ip })) });
  }
}
