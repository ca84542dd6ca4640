import { inItsEpoch } from '../../front/state.ts';
import { changeFront } from './follow.ts';
import { socketEngine } from './engine-api.ts';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import { listProject } from './project-view.ts';

/** An Engine that went away, or a front that could not be told, is tried again after this long. */
const RETRY_MS = 500;

const project = process.env['ROLLPROOF_PROJECT'] ?? '';
/** Services to look at; looks follow each other. */
const due = new Set<string>();
let looking: Promise<void> | undefined;

/**
 * Keeps the fronts of a stack that was left up true to its containers, for as long as no command does: a replica that restarts gets its
 * place under its new address. It remembers nothing and asks nothing by itself: the Engine tells what starts and dies, the front's own
 * state tells which revision a slot holds. While a command's guardian runs, it leaves the fronts to that command.
 */
export async function runKeeper(): Promise<void> {
  if (project === '') throw new Error('ROLLPROOF_PROJECT is not set');
  process.on('SIGTERM', () => process.exit(0));
  for (;;) {
    try {
      await followEvents();
    } catch (error) {
      say('failed', messageOf(error));
    }
    await wait(RETRY_MS);
  }
}

/** Returns when the Engine closes the stream. What happened before it stood is seen by a look at everything. */
async function followEvents(): Promise<void> {
  const filters = {
    type: ['container'],
    label: [`rollproof.project=${project}`],
    event: ['start', 'die'],
  };
  const stream = await socketEngine.stream('GET', `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`);
  await lookAtAll();
  await new Promise<void>((ended) => onJsonLines(stream, (value) => void onEvent(value as Event), ended));
}

interface Event {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

function onEvent({ Action, Actor: { Attributes } }: Event): void {
  const role = Attributes['rollproof.role'];
  if (role === 'guardian' && Action === 'die') lookAtAll().catch((error: unknown) => say('failed', messageOf(error)));
  else if (role === 'front' || role === 'revision') look(Attributes['rollproof.service'] ?? '');
}

async function lookAtAll(): Promise<void> {
  const all = await listProject(socketEngine, project);
  for (const { service } of all.filter(({ role }) => role === 'front')) look(service);
}

function look(service: string): void {
  due.add(service);
  looking ??= work().finally(() => (looking = undefined));
}

async function work(): Promise<void> {
  for (let [service] = due; service !== undefined; [service] = due) {
    due.delete(service);
    try {
      await follow(service);
    } catch (error) {
      say('failed', `${service}: ${messageOf(error)}`);
      due.add(service);
      await wait(RETRY_MS);
    }
  }
}

async function follow(service: string): Promise<void> {
  const all = await listProject(socketEngine, project);
  if (all.some(({ role, state }) => role === 'guardian' && state === 'running')) return;
  await changeFront(socketEngine, { project, service }, ({ state }, followed) => {
    if (followed === state) return undefined;
    say('log', `${service}: ${addresses(state)} → ${addresses(followed)}`);
    return { wanted: inItsEpoch(state, followed) };
  });
}

function addresses({ slots }: Parameters<Parameters<typeof changeFront>[2]>[1]): string {
  const held = [slots.blue, slots.green].flatMap(({ servers }) => servers).filter((address) => address !== undefined);
  return held.join(' ') || 'nobody';
}

function say(event: 'failed' | 'log', reason: string): void {
  writeJsonLine(process.stdout, { event, reason });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
