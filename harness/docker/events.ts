import type { Readable } from 'node:stream';
import { sleep, wallMs } from '../core/clock';
import { errorMessage } from '../core/errors';
import { engine } from './client';
import { LineSplitter, streamClosed } from './demux';
import { LABEL, type Role } from './labels';

/** What happened to a container of the project. */
export interface ContainerEvent {
  /** `create`, `start`, `die`, `stop`, `kill`, `oom`, `pause`, `unpause`, `restart`, `destroy`, `health_status`. */
  readonly action: string;
  /** With `health_status`: the new state. */
  readonly health: 'healthy' | 'unhealthy' | undefined;
  readonly containerId: string;
  readonly service: string;
  readonly composeService: string;
  readonly role: Role | undefined;
  readonly revision: number | undefined;
  /** Wall ms of the Engine's host, with fractions. */
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface WatchEventsOptions {
  readonly project: string;
  readonly onEvent: (event: ContainerEvent) => void;
  /** Called when the stream broke and is opened again. */
  readonly onReconnect?: (reason: string) => void;
  readonly signal: AbortSignal;
}

// Health probes make an exec event each: several a second, and nobody's business.
const ACTIONS = [
  ...['create', 'start', 'die', 'stop', 'kill', 'oom', 'pause', 'unpause', 'restart', 'destroy', 'health_status'],
];

const RECONNECT_MS = 200;

/** As the Engine sends it. */
export interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Record<string, string> };
  readonly timeNano: number;
}

/** Watches the project's containers until `signal` is aborted. Resolves once the Engine answers; what happens from the call on is seen. */
export async function watchEvents(options: WatchEventsOptions): Promise<void> {
  const told = new ToldEvents(wallMs());
  const first = await subscribe(options, told.sinceMs);
  void follow(first, options, told);
}

/**
 * How far before the latest event a broken stream is opened again, ms: an event that comes late has an earlier time than
 * some that came before it.
 */
const OVERLAP_MS = 10_000;

/**
 * Which events have been told of. The Engine takes an event's time before it waits for its turn to publish, so those of containers that
 * start side by side come in any order (moby `daemon/events/events.go`, `Log` and `PublishMessage`): one is known by what it says, never by
 * its age.
 */
export class ToldEvents {
  readonly #told = new Map<string, number>();
  #latestMs: number | undefined;

  constructor(private readonly startMs: number) {}

  /** From when on the Engine is to tell again, wall ms. The Engine answers before it listens: what lies between is in its memory only. */
  get sinceMs(): number {
    return this.#latestMs === undefined ? this.startMs : Math.max(this.startMs, this.#latestMs - OVERLAP_MS);
  }

  /** Whether this one is told for the first time. */
  isNew({ Actor, Action, timeNano }: RawEvent): boolean {
    const key = `${Actor.ID} ${Action} ${timeNano}`;
    if (this.#told.has(key)) return false;
    const atMs = timeNano / 1e6;
    this.#told.set(key, atMs);
    this.#latestMs = Math.max(this.#latestMs ?? 0, atMs);
    // The Engine is never asked for these again.
    for (const [old, oldMs] of this.#told) if (oldMs < this.sinceMs) this.#told.delete(old);
    return true;
  }
}

async function follow(first: Readable, options: WatchEventsOptions, told: ToldEvents): Promise<void> {
  let source: Readable | undefined = first;
  while (!options.signal.aborted) {
    if (source !== undefined) {
      const reason = await drain(source, options, told);
      if (options.signal.aborted) return;
      options.onReconnect?.(reason);
    }
    await sleep(RECONNECT_MS, options.signal).catch(() => undefined);
    source = await subscribe(options, told.sinceMs).catch(() => undefined);
  }
  source?.destroy();
}

async function subscribe(options: WatchEventsOptions, sinceMs: number): Promise<Readable> {
  return (await engine().getEvents({
    // dockerode's type knows whole seconds only; the Engine takes fractions.
    since: (sinceMs / 1e3).toFixed(6) as unknown as number,
    filters: { type: ['container'], label: [`${LABEL.project}=${options.project}`], event: [...ACTIONS] },
  })) as unknown as Readable;
}

async function drain(source: Readable, options: WatchEventsOptions, told: ToldEvents): Promise<string> {
  const stop = () => source.destroy();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const splitter = new LineSplitter((line) => {
    if (line.trim() === '') return;
    const raw = JSON.parse(line) as RawEvent;
    if (told.isNew(raw)) options.onEvent(toContainerEvent(raw));
  });
  source.on('data', (chunk: Buffer) => splitter.push(chunk));
  const error = await streamClosed(source);
  options.signal.removeEventListener('abort', stop);
  return error === undefined ? 'the Engine closed the stream' : errorMessage(error);
}

function toContainerEvent(raw: RawEvent): ContainerEvent {
  const attributes = raw.Actor.Attributes;
  const [action = '', detail] = raw.Action.split(': ');
  const revision = attributes[LABEL.revision];
  return {
    action,
    health: detail === 'healthy' || detail === 'unhealthy' ? detail : undefined,
    containerId: raw.Actor.ID,
    service: attributes[LABEL.service] ?? attributes[LABEL.composeService] ?? '',
    composeService: attributes[LABEL.composeService] ?? '',
    role: attributes[LABEL.role] as Role | undefined,
    revision: revision === undefined ? undefined : Number(revision),
    atMs: raw.timeNano / 1e6,
    attributes,
  };
}
