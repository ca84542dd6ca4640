import type { Journal } from '../../contract/journal';
import { HarnessError } from '../../core/errors';
import { beginRollout } from '../controller';
import type { DeliveryPorts } from '../ports';
import type { ReleasePorts } from '../release/ports';
import type { ReleaseRecord } from '../release/record';
import type { RevisionStore } from '../revisions/revision-store';
import { Death } from './fake-process';
import { FakeWorld, SETTINGS, type Behaviour } from './fake-world';

export interface FakeProjectOptions {
  readonly services: readonly string[];
  readonly journal: Journal;
  readonly journalPath?: string;
  /** By image. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** Jobs that fail, and new services that do not start. */
  readonly failing?: readonly string[];
}

/** A service without a front, as it stands. */
export interface FakePlain {
  version: 'from' | 'to';
  isRunning: boolean;
}

/** Fake worlds side by side on one clock, and the services and jobs that no front stands before. For unit tests. */
export class FakeProject {
  readonly worlds: ReadonlyMap<string, FakeWorld>;
  readonly plain = new Map<string, FakePlain>([
    ['cache', { version: 'from', isRunning: true }],
    ['old', { version: 'from', isRunning: true }],
  ]);
  /** Each job that ran, in order. */
  readonly ran: string[] = [];
  /** Of which version the stack's records speak. */
  settled: 'from' | 'to' = 'from';
  record: ReleaseRecord | undefined;
  /** Services in the order in which all of their traffic was on N alone again. */
  readonly switches: string[] = [];
  #isDead = false;

  constructor(private readonly options: FakeProjectOptions) {
    const { services, journal, journalPath, behaviours = {} } = options;
    this.worlds = new Map(
      services.map((service) => [
        service,
        new FakeWorld({
          ...{ seed: service, service, journal, behaviours, ratePerSecond: 60 },
          ...(journalPath === undefined ? {} : { journalPath }),
        }),
      ]),
    );
  }

  get nowMs(): number {
    return Math.max(...[...this.worlds.values()].map(({ nowMs }) => nowMs));
  }

  /** Requests that nobody could serve, of all services. */
  get lost(): number {
    return [...this.worlds.values()].reduce((sum, { lost }) => sum + lost, 0);
  }

  get dead(): boolean {
    return this.#isDead;
  }

  /** Set to make every port throw, as for a process that is no more; and every guardian does what is left to do. */
  set dead(isDead) {
    this.#isDead = isDead;
    for (const world of this.worlds.values()) world.dead = isDead;
  }

  world(service: string): FakeWorld {
    const world = this.worlds.get(service);
    if (world === undefined) throw new Error(`no ${service} here`);
    return world;
  }

  store(): RevisionStore {
    const of = (service?: string) =>
      [...this.worlds.values()]
        .filter((world) => service === undefined || world.service === service)
        .map(({ store }) => store);
    return {
      list: (service) => of(service).flatMap((store) => store.list()),
      stable: (service) => of(service)[0]?.stable(service),
      put: (...revisions) => {
        for (const revision of revisions) this.world(revision.service).store.put(revision);
      },
      remove: (...labels) => of().forEach((store) => store.remove(...labels)),
      unfinished: (service) => of(service).flatMap((store) => store.unfinished()),
    };
  }

  delivery(journal = this.options.journal): DeliveryPorts {
    const ports = new Map([...this.worlds].map(([service, world]) => [service, world.ports()]));
    const first = [...ports.values()][0];
    if (first === undefined) throw new Error('a project without services');
    const { clock: _clock, journal: _journal, journalPath, revisions: _revisions, managed: _managed, ...acts } = first;
    // Every act says by its first word whose it is.
    const routed = Object.fromEntries(
      Object.keys(acts).map((name) => [
        name,
        (about: string | { readonly service: string }, ...rest: readonly unknown[]) => {
          const own = ports.get(typeof about === 'string' ? about : about.service);
          if (own === undefined) throw new Error(`no ports for ${JSON.stringify(about)}`);
          if (name === 'setWeights') this.#noteSwitch(about as string, rest[0] as { blue: number });
          return (own as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[name]?.(about, ...rest);
        },
      ]),
    ) as unknown as typeof acts;
    return {
      ...routed,
      ...(journalPath === undefined ? {} : { journalPath }),
      journal,
      revisions: this.store(),
      managed: Object.fromEntries([...this.worlds.keys()].map((service) => [service, SETTINGS])),
      clock: {
        now: () => this.nowMs,
        sleep: async (delayMs, signal) => {
          this.#live();
          signal?.throwIfAborted();
          this.pass(delayMs);
          // Others that wait for the same time have their turn.
          await new Promise((resolve) => setImmediate(resolve));
          signal?.throwIfAborted();
        },
      },
    };
  }

  ports(journal?: Journal): ReleasePorts {
    const delivery = this.delivery(journal);
    const act = async (run: () => void) => {
      this.#live();
      this.pass(2);
      run();
    };
    const fails = (service: string) => {
      if (this.options.failing?.includes(service) !== true) return;
      throw new HarnessError('job-failed', { message: `${service} ended with exit code 3: no such column` });
    };
    return {
      delivery,
      record: {
        read: () => this.record,
        write: (record) => {
          this.#live();
          this.record = record;
        },
        clear: () => {
          this.#live();
          this.record = undefined;
        },
      },
      begin: (request) => beginRollout(request, delivery),
      start: (service) =>
        act(() => {
          this.plain.set(service, { version: 'to', isRunning: true });
          fails(service);
        }),
      remove: (service) => act(() => void this.plain.delete(service)),
      run: (service) =>
        act(() => {
          this.ran.push(service);
          fails(service);
        }),
      replace: (service) => act(() => void this.plain.set(service, { version: 'to', isRunning: true })),
      putBack: (service) => act(() => void this.plain.set(service, { version: 'from', isRunning: true })),
      retire: (service) =>
        act(() => {
          const own = this.plain.get(service);
          if (own !== undefined) own.isRunning = false;
        }),
      settle: (version) => act(() => void (this.settled = version)),
    };
  }

  /** Lets time and traffic pass in all worlds. */
  pass(delayMs: number): void {
    const endMs = this.nowMs + delayMs;
    for (const world of this.worlds.values()) world.pass(endMs - world.nowMs);
  }

  #noteSwitch(service: string, { blue }: { readonly blue: number }): void {
    if (blue === 100 && this.world(service).weights.blue < 100) this.switches.push(service);
  }

  #live(): void {
    if (this.dead) throw new Death('killed');
  }
}
