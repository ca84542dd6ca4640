import type { WrongAnswer } from '../contract/wrong-answer';
import { clockJumpMs, deadline, wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { ContainerLog, type LogCompleteness } from '../docker/container-log';
import { listContainers } from '../docker/containers';
import { watchEvents } from '../docker/events';
import type { LogLine } from '../docker/logs';
import { toSample, type RequestSample } from './sample';
import { parseWitnessLine, type WitnessLine } from './witness-line';
import { WrongAnswers } from './wrong-answers';

/** What is told of, each to as many as want to know. */
interface Listeners {
  /** Whatever the front's container wrote, with the container's name. */
  readonly log: (line: LogLine, container: string) => void;
  /** Every request, our own probes and pinned ones too. */
  readonly line: (line: WitnessLine) => void;
  /**
   * Every request that is traffic. `replaces` is what was told of the same request before: the load has found its answer wrong since.
   */
  readonly sample: (sample: RequestSample, replaces?: RequestSample) => void;
}

/**
 * The one reader of a front's log: who wants to know of its requests subscribes here. It follows the front through kills and restarts, gives
 * every line once, and keeps none.
 */
export class Witness {
  readonly #listeners: { readonly [Kind in keyof Listeners]: Set<Listeners[Kind]> } = {
    log: new Set(),
    line: new Set(),
    sample: new Set(),
  };

  /** Who wants wrong answers to count against this service's revisions. */
  readonly #chargers = new Set<unknown>();
  readonly #wrongAnswers = new WrongAnswers();

  constructor(
    readonly service: string,
    private readonly jumpMs: () => number = clockJumpMs,
  ) {}

  /** From now on, until `signal` is aborted, the load's wrong answers are failures of the revisions that handled those requests. */
  charge(signal?: AbortSignal): void {
    const charger = signal ?? this;
    if (signal?.aborted === true) return;
    this.#chargers.add(charger);
    signal?.addEventListener('abort', () => this.#chargers.delete(charger), { once: true });
  }

  /** Takes what the load found wrong. */
  takeWrong(answer: WrongAnswer): void {
    if (this.#chargers.size === 0) return;
    const found = this.#wrongAnswers.find(answer);
    if (found !== undefined) this.#listeners.sample.forEach((listener) => listener(found.now, found.before));
  }

  /** Tells `listener` from now on, until the returned function is called or `signal` is aborted. */
  on<Kind extends keyof Listeners>(kind: Kind, listener: Listeners[Kind], signal?: AbortSignal): () => void {
    const off = () => void this.#listeners[kind].delete(listener);
    this.#listeners[kind].add(listener);
    signal?.addEventListener('abort', off, { once: true });
    if (signal?.aborted === true) off();
    return off;
  }

  /**
   * Whether the line of the request with this id comes in time. HAProxy writes lines in the order in which requests end: when a request is
   * told of, so is everything that ended before it.
   */
  sees(id: string, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isSeen: boolean) => {
        cancel();
        off();
        resolve(isSeen);
      };
      const cancel = deadline(timeoutMs, () => end(false));
      const off = this.on('line', (line) => {
        if (line.id === id) end(true);
      });
    });
  }

  /** Takes a line of the front's log. */
  take(log: LogLine, container: string): void {
    this.#listeners.log.forEach((listener) => listener(log, container));
    const told = log.stream === 'stdout' ? parseWitnessLine(log.text) : undefined;
    if (told === undefined) return;
    const line = this.#byOurClock(told);
    this.#listeners.line.forEach((listener) => listener(line));
    const seen = toSample(line);
    if (seen === undefined) return;
    const sample = this.#chargers.size === 0 ? seen : this.#wrongAnswers.take(seen);
    this.#listeners.sample.forEach((listener) => listener(sample));
  }

  /**
   * The front writes the machine's clock; whoever listens compares with ours. After a jump every request would be of before the phase that
   * judges it, or of its future.
   */
  #byOurClock(line: WitnessLine): WitnessLine {
    const jumpMs = this.jumpMs();
    return Math.abs(jumpMs) < JUMP_MS ? line : { ...line, startedAtMs: line.startedAtMs - jumpMs };
  }
}

/** Slower drifts, ms, are the ordinary work of whatever keeps the machine's clock right. */
const JUMP_MS = 1_000;

/** The witnesses of a project's fronts. */
export interface Witnesses {
  /**
   * The witness of a managed service's front.
   * @throws HarnessError `unknown-service`
   */
  of(service: string): Witness;
  /** Takes what the load found wrong: whose revisions are charged hears of it. */
  takeWrong(answer: WrongAnswer): void;
  /** Reads what is left, ends, and says how complete each front's log was. The containers must still exist. Idempotent. */
  close(): Promise<readonly LogCompleteness[]>;
}

/** @throws HarnessError `unknown-service` */
export function witnessOf(witnesses: ReadonlyMap<string, Witness>, service: string): Witness {
  const witness = witnesses.get(service);
  if (witness !== undefined) return witness;
  throw new HarnessError('unknown-service', {
    message: `${service} has no front, and so no witness`,
    facts: { service },
    hint: `Managed are ${[...witnesses.keys()].join(', ')}.`,
  });
}

/** Opens a witness for each front, before it runs or while it does. They tell of what is written from now on. */
export async function openWitnesses(options: {
  readonly project: string;
  /** The managed services as they are now: a release may bring one. */
  readonly services: () => readonly string[];
  /** Told of each witness before it tells of anything. */
  readonly onOpen?: (witness: Witness) => void;
  /** The service that the load asks: what it answers wrongly has failed its users, whoever made it so. */
  readonly entry?: string;
}): Promise<Witnesses> {
  const { project, services, entry } = options;
  const sinceMs = wallMs();
  const end = new AbortController();
  const witnesses = new Map<string, Witness>();
  const opened = (service: string): Witness | undefined => {
    const known = witnesses.get(service);
    if (known !== undefined || !services().includes(service)) return known;
    const witness = new Witness(service);
    if (service === entry) witness.charge();
    witnesses.set(service, witness);
    options.onOpen?.(witness);
    return witness;
  };
  for (const service of services()) opened(service);
  const logs = new Map<string, ContainerLog>();
  const follow = (id: string, service: string, name: string): ContainerLog | undefined => {
    const witness = opened(service);
    if (witness === undefined || logs.has(id)) return logs.get(id);
    const write = (line: LogLine) => witness.take(line, name);
    const log = new ContainerLog({ id, service, name, write, sinceMs, signal: end.signal });
    logs.set(id, log);
    return log;
  };
  // First the events, then the list: a front that starts in between is in both.
  await watchEvents({
    project,
    signal: end.signal,
    onEvent: ({ action, role, containerId, service, attributes }) => {
      if (action !== 'start' || role !== 'front') return;
      follow(containerId, service, attributes['name'] ?? containerId.slice(0, 12))?.started();
    },
  });
  for (const { id, service, name } of await listContainers({ project, role: 'front' })) follow(id, service, name);
  let closing: Promise<readonly LogCompleteness[]> | undefined;
  return {
    of: (service) => opened(service) ?? witnessOf(witnesses, service),
    takeWrong: (answer) => witnesses.forEach((witness) => witness.takeWrong(answer)),
    close: () => {
      end.abort(new Error('the witnesses were let go'));
      closing ??= Promise.all([...logs.values()].map((log) => log.complete()));
      return closing;
    },
  };
}
