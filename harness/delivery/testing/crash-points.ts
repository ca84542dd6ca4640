import { writeFileSync } from 'node:fs';
import type { Journal } from '../../contract/journal';
import type { JournalLine, Observation } from '../../contract/observation';
import type { DeliveryPorts } from '../ports';
import type { RevisionStore } from '../revisions/revision-store';
import type { FakeWorld } from './fake-world';

/** A moment at which a controller can die, and what it leaves. Moments at which it leaves the same are one. */
export interface CrashPoint {
  /** What was done last, or was about to be done. */
  readonly moments: readonly string[];
  /** As it stands then, with nobody alive but the guardian. Whoever changes it forks it first. */
  readonly world: FakeWorld;
  /** The journal then, and the line that comes next. */
  readonly text: string;
  readonly next: string;
}

/** Where a controller writes in these tests: without waiting for a disk, nor checking what the journals of other tests check elsewhere. */
export class TextJournal implements Journal {
  onLine: ((line: JournalLine) => void) | undefined;

  constructor(
    readonly clock: () => number,
    public text = '',
  ) {}

  append(observation: Observation): void {
    const line: JournalLine = { at: this.clock(), ...observation };
    this.text += `${JSON.stringify(line)}\n`;
    this.onLine?.(line);
  }
}

interface Recording {
  readonly world: FakeWorld;
  readonly journal: TextJournal;
  readonly ports: DeliveryPorts;
  readonly points: readonly CrashPoint[];
}

/**
 * Ports over a world that remember how everything stood before and after each act, whichever it is: each port's, each record's and each
 * line's. A new port is one of them by itself.
 */
export function recordCrashPoints(world: FakeWorld, journal: TextJournal): Recording {
  const points: { moments: string[]; world: FakeWorld; text: string; next: string }[] = [];
  let standing: string | undefined;
  const seen = (moment: string) => {
    const now = stateOf(world, journal);
    const last = points.at(-1);
    if (now === standing && last !== undefined) {
      last.moments.push(moment);
      return;
    }
    standing = now;
    if (last !== undefined) last.next = journal.text.slice(last.text.length);
    points.push({ moments: [moment], world: world.fork(), text: journal.text, next: '' });
  };
  const between = <T>(act: string, run: () => T): T => {
    seen(`before ${act}`);
    const done = run();
    if (!(done instanceof Promise)) seen(`after ${act}`);
    return done instanceof Promise ? (done.finally(() => seen(`after ${act}`)) as T) : done;
  };
  const own = world.ports();
  const { clock, journal: _journal, revisions, ...acts } = own;
  const asDone = (name: string, act: unknown) =>
    typeof act !== 'function'
      ? act
      : (...args: unknown[]) => between(name, (): unknown => Reflect.apply(act, undefined, args));
  const wrapped = Object.fromEntries(
    Object.entries(acts).map(([name, act]) => [name, asDone(name, act)]),
  ) as typeof acts;
  const store: RevisionStore = {
    ...revisions,
    put: (...records) => between('a record', () => revisions.put(...records)),
    remove: (...labels) => between('the end of a record', () => revisions.remove(...labels)),
  };
  const written: Journal = {
    append: (line) => between(`the line of ${nameOf(line)}`, () => journal.append(line)),
  };
  // To listen to exits changes nothing.
  const watchExits: typeof own.watchExits = (...args) => own.watchExits(...args);
  const ports = { ...wrapped, clock, revisions: store, journal: written, watchExits };
  return { world, journal, ports, points };
}

function nameOf(line: Observation): string {
  if (line.type === 'rollout') return line.state;
  return line.type === 'action' ? `${line.phase} of ${line.action}` : line.type;
}

/** What a dead controller leaves, but for the times. */
function stateOf({ containers, slots, weights, epoch, guardian, store }: FakeWorld, { text }: TextJournal): string {
  const running = [...containers].map(([label, one]) => [label, one.running, one.startedAtMs.length]);
  const records = store.list().map(({ label, status, rollout }) => [label, status, rollout?.id]);
  return JSON.stringify([running, slots, weights, epoch, guardian.hasLease, records, text.length]);
}

/** What the next process finds: the world of a point, with the journal in its file, whose last line may be half of one. */
export function nextProcess(
  { world, text, next }: CrashPoint,
  { isTorn = false } = {},
): { readonly world: FakeWorld; readonly journal: TextJournal } {
  const path = world.options.journalPath ?? '';
  const half = next.slice(0, Math.floor(next.indexOf('\n') / 2));
  writeFileSync(path, isTorn ? `${text}${half}` : text);
  const journal = new TextJournal(() => fork.nowMs, text);
  const fork: FakeWorld = world.fork({ journal });
  journal.onLine = (line) => writeFileSync(path, `${JSON.stringify(line)}\n`, { flag: 'a' });
  return { world: fork, journal };
}
