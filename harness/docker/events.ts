import type { Readable } from 'node:stream';
import { sleep } from '../core/clock';
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

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Record<string, string> };
  readonly timeNano: number;
}

/** Watches the project's containers until `signal` is aborted. Resolves once subscribed: what happens afterwards is seen. */
export async function watchEvents(options: WatchEventsOptions): Promise<void> {
  const cursor = { lastNano: 0, seen: new Set<string>() };
  const first = await subscribe(options, undefined);
  void follow(first, options, cursor);
}

interface Cursor {
  lastNano: number;
  /** Events of the last nanosecond, since `since` is inclusive. */
  seen: Set<string>;
}

async function follow(first: Readable, options: WatchEventsOptions, cursor: Cursor): Promise<void> {
  let source: Readable | undefined = first;
  while (!options.signal.aborted) {
    if (source !== undefined) {
      const reason = await drain(source, options, cursor);
      if (options.signal.aborted) return;
      options.onReconnect?.(reason);
    }
    await sleep(RECONNECT_MS, options.signal).catch(() => undefined);
    source = await subscribe(options, cursor.lastNano).catch(() => undefined);
  }
  source?.destroy();
}

async function subscribe(options: WatchEventsOptions, sinceNano: number | undefined): Promise<Readable> {
  // dockerode's type knows whole seconds only; the Engine takes fractions.
  const since =
    sinceNano === undefined || sinceNano === 0 ? {} : { since: (sinceNano / 1e9).toFixed(9) as unknown as number };
  return (await engine().getEvents({
    ...since,
    filters: { type: ['container'], label: [`${LABEL.project}=${options.project}`], event: [...ACTIONS] },
  })) as unknown as Readable;
}

async function drain(source: Readable, options: WatchEventsOptions, cursor: Cursor): Promise<string> {
  const stop = () => source.destroy();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const splitter = new LineSplitter((line) => {
    if (line.trim() === '') return;
    const raw = JSON.parse(line) as RawEvent;
    const key = `${raw.Actor.ID} ${raw.Action} ${raw.timeNano}`;
    if (cursor.seen.has(key) || raw.timeNano < cursor.lastNano) return;
    if (raw.timeNano > cursor.lastNano) cursor.seen.clear();
    cursor.lastNano = raw.timeNano;
    cursor.seen.add(key);
    options.onEvent(toContainerEvent(raw));
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
