import { stickyBy } from '../contract/service-config';
import { sleep, wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { poll } from '../core/poll';
import { containerOf, type ContainerInfo } from '../docker/containers';
import { execOnce } from '../docker/exec';
import { FRONT_LABEL } from '../compose/front-container';
import {
  PROBE_ID,
  REVISION_HEADER,
  emptyFront,
  routingValue,
  type FrontState,
  type Slot,
  type SlotMode,
} from './config';
import { checkWords } from './check-words';
import { TAKE_COPIES, copyUntilCommand, parseCopies, type CopiedRequest } from './copies';
import { fitting, readRuntime } from './front-state';
import { FrontLink } from './link';
import { parseHanging, parseStatus, type ServerStatus } from './runtime';
import { ShadowLane } from './shadow-lane';
import { admitted, followed, servedBy, withSlot, type Assignment, type GivenBack } from './state';
import { FrontVolume, givenBackIn, type FrontChange } from './volume';

const RECONNECT_INTERVAL_MS = 50;
/** A killed front is back within half a second; a change waits for it this long. */
const RECONNECT_TIMEOUT_MS = 15_000;

export interface FrontAttachOptions {
  readonly project: string;
  /** The managed service whose name the front has. */
  readonly service: string;
  /** Aborting ends the attempt to attach. */
  readonly signal?: AbortSignal;
  /** The revision that gets all of the traffic in a front that nobody has told anything yet. Default: whoever comes to blue and is admitted. */
  readonly stable?: { readonly slot: Slot; readonly label: string } | undefined;
}

export interface AwaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** An answer that came through the front. */
export interface FrontProbe {
  readonly status: number;
  /** Label of the revision that answered. */
  readonly revision: string | undefined;
}

/**
 * A connection to the front of a managed service. The state it wants is written to the front's volume before HAProxy is told, and told again
 * when the front comes back after a crash. Every change is idempotent, and made on top of what somebody else may have written meanwhile.
 */
export class Front implements AsyncDisposable {
  #link: FrontLink | undefined;
  #connecting: Promise<void> | undefined;
  #changes: Promise<void> = Promise.resolve();
  readonly #volume = new FrontVolume();
  readonly #closing = new AbortController();

  private constructor(private readonly options: FrontAttachOptions) {}

  /**
   * Connects to a running front and takes over the state that it has.
   * @throws HarnessError `front-unreachable`
   */
  static async attach(options: FrontAttachOptions): Promise<Front> {
    const front = new Front(options);
    const abort = () => front.#closing.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      options.signal?.throwIfAborted();
      await front.#connect();
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
    return front;
  }

  get service(): string {
    return this.options.service;
  }

  /** The state that is wanted, and that HAProxy has unless it is just restarting. */
  get state(): FrontState {
    const { state } = this.#volume;
    if (state === undefined) throw this.#unreachable('it was never attached');
    return state;
  }

  /** Says where a slot's replicas are. What it may serve stays as it was; a revision that is new in it waits for `admit`. */
  async assign(slot: Slot, assignment: Assignment): Promise<void> {
    await this.#change({ premise: { slot }, next: (state) => followed(state, slot, fitting(assignment)) });
  }

  /** Lets checks bring the slot's replicas up; its weight decides about traffic. */
  async admit(slot: Slot): Promise<void> {
    await this.#change({ premise: { slot }, next: (state) => admitted(state, slot) });
  }

  /**
   * Percent of the traffic by slot; together 100. Takes effect for requests that start after the command, within a millisecond. Returns the
   * epoch: every request whose line bears it, or a later one until the next change, was routed by these weights.
   * @throws HarnessError `front-taken-over` when somebody else has set others since this process did: it was silent, and taken for dead
   */
  async setWeights(weights: Readonly<Record<Slot, number>>): Promise<number> {
    const sum = weights.blue + weights.green;
    if (sum !== 100 || weights.blue < 0 || weights.green < 0 || !Number.isInteger(weights.blue)) {
      throw new HarnessError('bad-weights', {
        message: `weights of ${this.service} must be whole percents that make 100: ${weights.blue} + ${weights.green}`,
        facts: { ...weights },
      });
    }
    const wanted = { blue: weights.blue, green: weights.green };
    return this.#change({ premise: { weights: wanted }, next: (state) => ({ ...state, weights: wanted }) });
  }

  /**
   * Lets the slot finish what it has and gives it nothing new.
   * @throws HarnessError `front-taken-over` when somebody else has given it traffic, or to another revision
   */
  async drain(slot: Slot): Promise<void> {
    await this.#change({ premise: { slot, isIdle: true }, next: inMode(slot, 'drain') });
  }

  /**
   * Lets some replicas of a slot finish what they have and gives them nothing new; the others go on. They are forgotten once they are gone,
   * or when the slot is admitted again.
   */
  async leave(slot: Slot, addresses: readonly string[]): Promise<void> {
    const next: FrontChange['next'] = (state) => {
      const { leaving = [] } = state.slots[slot];
      const all = [...new Set([...leaving, ...addresses])];
      return withSlot(state, slot, { ...state.slots[slot], leaving: all });
    };
    await this.#change({ premise: { slot }, next });
  }

  /**
   * Takes the slot out: no checks, no traffic. Before every stop of its containers.
   * @throws HarnessError `front-taken-over` when somebody else has given it traffic, or to another revision
   */
  async retire(slot: Slot): Promise<void> {
    await this.#change({ premise: { slot, isIdle: true }, next: inMode(slot, 'maint') });
  }

  /** Each slot's servers as HAProxy sees them. */
  async status(): Promise<Record<Slot, ServerStatus[]>> {
    const link = await this.#connected();
    return parseStatus(await link.query('show stat'));
  }

  /** What the front's checks found at each replica of a slot that is not up, as a person would say it. */
  async complaints(slot: Slot): Promise<string[]> {
    const asked = { port: this.state.port, readiness: this.state.readiness };
    return (await this.status())[slot].filter(({ up }) => !up).map((server) => checkWords(server, asked));
  }

  /** Requests in each slot that began a second ago or more, by their age in whole seconds: the front's log tells of them when they end. */
  async hanging(): Promise<Record<Slot, number[]>> {
    const link = await this.#connected();
    return parseHanging(await link.query('show sess'));
  }

  /** @throws HarnessError `front-behind` when HAProxy itself does not have the weights that were set */
  async confirmWeights(): Promise<void> {
    const { routing } = await readRuntime(await this.#connected());
    const wanted = routingValue(this.state);
    if (routing === wanted) return;
    throw new HarnessError('front-behind', {
      message: `the front of ${this.service} routes by ${routing}, set was ${wanted} (epoch:blue:green)`,
      facts: { service: this.service, routing, wanted },
    });
  }

  /** Resolves when every replica of the slot has passed a check. */
  async awaitUp(slot: Slot, options: AwaitOptions): Promise<void> {
    let seen: readonly ServerStatus[] = [];
    await poll(
      async () => {
        seen = (await this.status())[slot];
        return seen.length > 0 && seen.every((server) => server.up) ? true : undefined;
      },
      {
        ...options,
        intervalMs: 50,
        code: 'slot-not-up',
        condition: `${this.state.slots[slot].label ?? slot} passes the front's checks of ${this.state.readiness}`,
        describe: () => ({
          servers: seen.map(({ server, address, state, check }) => ({ server, address, state, check })),
        }),
      },
    );
  }

  /** The share that a guardian gave back last, if it ever did. */
  async givenBack(): Promise<GivenBack | undefined> {
    return givenBackIn(await this.#connected());
  }

  /** Resolves when no request is in the slot any more; or, with `addresses`, in those replicas of it. */
  async awaitDrained(slot: Slot, options: AwaitOptions & { readonly addresses?: readonly string[] }): Promise<void> {
    const { addresses } = options;
    let sessions = 0;
    await poll(
      async () => {
        const servers = (await this.status())[slot];
        const awaited = servers.filter(({ address }) => addresses === undefined || addresses.includes(address));
        sessions = awaited.reduce((sum, server) => sum + server.sessions, 0);
        return sessions === 0 ? true : undefined;
      },
      {
        ...options,
        intervalMs: 50,
        code: 'slot-not-drained',
        condition: `${this.state.slots[slot].label ?? slot} has no request left`,
        describe: () => ({ sessions }),
      },
    );
  }

  /** Sends a GET through the front, from inside its container. `pin` asks for a slot or a revision; without it the weights decide. */
  async probe(
    options: {
      readonly id?: string;
      readonly path?: string;
      readonly pin?: string;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<FrontProbe> {
    const { port, readiness } = this.state;
    const { containerId } = await this.#connected();
    const request = [
      `GET ${options.path ?? readiness} HTTP/1.1`,
      `Host: ${this.service}`,
      'Connection: close',
      `${REVISION_HEADER}: ${options.pin ?? '?'}`,
      `x-request-id: ${options.id ?? newId(PROBE_ID)}`,
    ];
    // Our end stays open until the answer has come: HAProxy may take a closed one for a client that left.
    const bridge = `printf '%b' "$1" | socat -t 10 - TCP4:127.0.0.1:${port},connect-timeout=2,shut-none`;
    const text = `${request.join('\\r\\n')}\\r\\n\\r\\n`;
    const { stdout, stderr } = await execOnce(containerId, ['sh', '-c', bridge, 'sh', text], {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const status = /^HTTP\/\S+ (\d{3})/.exec(stdout)?.[1];
    if (status === undefined) throw this.#unreachable(`no answer on port ${port}: ${stderr.trim()}`);
    const revision = new RegExp(`^${REVISION_HEADER}: *(\\S+)`, 'im').exec(stdout)?.[1];
    return { status: Number(status), revision: revision === '-' ? undefined : revision };
  }

  /**
   * Has the front copy users' requests that read, for so long from now on, and gives those that it has copied since the last call.
   * @throws HarnessError `front-unfit` where the front is of an older version, and cannot
   */
  async takeCopies(forMs: number): Promise<readonly CopiedRequest[]> {
    const link = await this.#connected();
    await link.query(copyUntilCommand(wallMs() + forMs));
    const [show, clear] = TAKE_COPIES;
    const copies = parseCopies(await link.query(show));
    await link.query(clear);
    if (copies !== undefined) return copies;
    throw new HarnessError('front-unfit', {
      message: `the front of ${this.service} is of an older version, and cannot copy requests`,
      facts: { service: this.service },
      hint: 'Take the stack down and bring it up again.',
    });
  }

  /** Copies nothing any more, and forgets what was copied. */
  async endCopies(): Promise<void> {
    const link = await this.#connected();
    await link.query(copyUntilCommand(0));
    await link.query(TAKE_COPIES[1]);
  }

  /** A way for copies into the front, one at a time. */
  async openLane(): Promise<ShadowLane> {
    const { containerId } = await this.#connected();
    return ShadowLane.open(containerId, this.service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(this.#unreachable('it was let go'));
    await this.#connecting?.catch(() => undefined);
    await this.#link?.[Symbol.asyncDispose]();
  }

  /** One change after the other. A front that dies in between is told on its return. Returns the epoch of the state. */
  #change(change: FrontChange): Promise<number> {
    const done = this.#changes.then(() => this.#volume.change(() => this.#connected(), change));
    this.#changes = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #connected(): Promise<FrontLink> {
    if (this.#link === undefined || this.#link.dead) await this.#connect();
    if (this.#link === undefined) throw this.#unreachable('no connection');
    return this.#link;
  }

  /** Connects and makes HAProxy agree with the wanted state. Concurrent callers share one attempt. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#reconnect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #reconnect(): Promise<void> {
    await poll(
      async () => {
        const container = await containerOf(this.options.project, this.service);
        if (container.state !== 'running' || container.role !== 'front') {
          throw this.#unreachable(`its container is ${container.state}`);
        }
        const link = await this.#open(container);
        this.#link = link;
        void this.#watch(link);
        return true;
      },
      {
        condition: `the front of ${this.service} is reachable`,
        code: 'front-unreachable',
        timeoutMs: RECONNECT_TIMEOUT_MS,
        intervalMs: RECONNECT_INTERVAL_MS,
        signal: this.#closing.signal,
      },
    );
  }

  async #open(container: ContainerInfo): Promise<FrontLink> {
    const link = await FrontLink.open(container.id, this.service);
    try {
      await this.#volume.agree(link, this.#fresh(container));
      return link;
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A front that nobody has told anything yet. */
  #fresh({ labels }: ContainerInfo): FrontState {
    const sticky = labels[FRONT_LABEL.stickyBy];
    const tcpPorts = labels[FRONT_LABEL.tcpPorts]?.split(',').map(Number);
    const empty = {
      ...emptyFront(this.service, Number(labels[FRONT_LABEL.port]), labels[FRONT_LABEL.readiness] ?? '/'),
      ...(tcpPorts === undefined ? {} : { tcpPorts }),
      ...(sticky === undefined ? {} : { stickyBy: stickyBy.parse(JSON.parse(sticky)) }),
    };
    return this.options.stable === undefined ? empty : servedBy(empty, this.options.stable);
  }

  /** A front that died comes back by its restart policy: connect again without being asked, its replicas may have moved. */
  async #watch(link: FrontLink): Promise<void> {
    await link.closed();
    await link[Symbol.asyncDispose]().catch(() => undefined);
    while (this.#link === link && !this.#closing.signal.aborted) {
      await this.#connect().catch(() => undefined);
      await sleep(RECONNECT_INTERVAL_MS, this.#closing.signal).catch(() => undefined);
    }
  }

  #unreachable(reason: string): HarnessError {
    return new HarnessError('front-unreachable', {
      message: `the front of ${this.service} cannot be reached: ${reason}`,
      facts: { project: this.options.project, service: this.service },
      hint: 'Its log says why: `docker logs` of the container that has the service’s name, or logs/ in the run’s folder.',
    });
  }
}

function inMode(slot: Slot, mode: SlotMode): FrontChange['next'] {
  return (state) => withSlot(state, slot, { ...state.slots[slot], mode });
}
