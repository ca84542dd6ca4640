import type { RolloutOutcome } from '../contract/rollout-result';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import type { JournalLine, Observation, RolloutState } from '../contract/observation';
import { FileJournal, readJournal, type Journal } from '../contract/journal';
import { RolloutControl } from './control';
import { goForward } from './execute';
import { Milestones } from './milestones';
import type { DeliveryPorts } from './ports';
import type { Revision } from './revision';
import { rollBack } from './rollback';
import { standing, type RunningRollout } from './rollout';
import { restored } from './strategies/restore';
import { whoGaveBack } from './share-lease';
import type { Step } from './steps/step';
import { trafficWatch } from './traffic';

/** What became of a rollout whose controller died. */
export interface RecoveredRollout {
  readonly rollout: string;
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly outcome: RolloutOutcome;
  readonly reason: string;
}

type RolloutLine = Extract<Observation, { type: 'rollout' }>;

const ENDED: readonly RolloutState[] = ['Succeeded', 'RolledBack'];

/**
 * Ends the rollouts that a dead controller left: before `Retiring` back to stable, from there on forward. Idempotent, and told in the
 * journal they stand in as well as in `ports.journal`. A paused rollback is tried once more.
 */
export async function recover(options: {
  /** The journal of the run that died; those named by the revision records are read in any case. */
  readonly journalPath?: string;
  readonly ports: DeliveryPorts;
}): Promise<RecoveredRollout[]> {
  const { ports } = options;
  const marked = ports.revisions.unfinished();
  const paths = new Set([options.journalPath, ...marked.map(({ rollout }) => rollout?.journalPath)]);
  const recovered: RecoveredRollout[] = [];
  for (const path of paths) {
    const readable = path !== undefined && existsSync(path);
    if (!readable) continue;
    dropTornLine(path);
    const lines = readJournal(path);
    for (const line of unfinishedIn(lines)) {
      recovered.push(await recoverOne(ports, { line, path, begun: begunIn(lines, line.rollout) }));
    }
  }
  // What no journal tells of (it was deleted, or never written): the records alone are enough to go back.
  for (const revision of ports.revisions.unfinished()) {
    const others = ports.revisions.list(revision.service).filter(({ label }) => label !== revision.label);
    const from =
      others.findLast(({ status }) => status === 'stable') ?? others.findLast(({ status }) => status === 'retired');
    if (from === undefined) continue;
    const line = lineFromRecord(revision, from);
    recovered.push(await recoverOne(ports, { line }));
  }
  return recovered;
}

/** A rollout that was cut off, as far as a journal tells of it. */
interface CutOff {
  /** Its last state. */
  readonly line: RolloutLine;
  readonly path?: string;
  /** How many of its steps were begun. Default: all may have been. */
  readonly begun?: number;
}

async function recoverOne(ports: DeliveryPorts, { line, path, begun }: CutOff): Promise<RecoveredRollout> {
  using journal = teeJournal(ports, path);
  const { rollout: id, service, from: fromLabel, to: toLabel } = line;
  const history = ports.revisions.list(service);
  const to = history.find(({ label }) => label === toLabel);
  const from = history.find(({ label }) => label === fromLabel);
  const about = { rollout: id, service, from: fromLabel, to: toLabel };
  const superseded = history.some(({ number }) => number > (to?.number ?? Infinity));
  if (to === undefined || from === undefined || superseded) {
    const reason = superseded
      ? 'its controller died; a later rollout has ended it'
      : 'its controller died before anything was changed';
    journal.append({ ...line, state: 'RolledBack', weight: 0, reason }, { durable: true });
    return { ...about, outcome: 'rolled-back', reason };
  }

  const rollout = reopen(ports, journal, line, from, to);
  const { steps } = rollout.strategy;
  const committing = steps.findIndex(({ nature }) => nature === 'commits');
  if (to.status === 'stable' || line.state === 'Retiring') {
    await goForward(rollout, committing < 0 ? [] : steps.slice(committing));
    const reason = ['its controller died while it retired the old revision: completed', ...rollout.problems].join('; ');
    return { ...about, outcome: 'promoted', reason };
  }
  rollout.fromUsable = await ports.usable(from).catch(() => false);
  const undoable: readonly Step[] = committing < 0 ? steps : steps.slice(0, committing);
  const givenBack = await whoGaveBack(ports, service, toLabel);
  const reason = `its controller died in ${line.state} at weight ${line.weight} %${givenBack}`;
  const result = await rollBack(rollout, undoable.slice(0, begun), reason);
  return { ...about, outcome: result.outcome, reason: result.reason };
}

function reopen(
  ports: DeliveryPorts,
  journal: Journal,
  line: RolloutLine,
  from: Revision,
  to: Revision,
): RunningRollout {
  const { strategy, unknown } = restored(to.rollout?.strategy, line.strategy);
  const traffic = trafficWatch({ from: from.label, to: to.label, windowMs: strategy.settings.windowMs });
  const { rollout: id, service, weight } = line;
  const begin = { ...standing(ports.clock.now(), strategy.settings.progressDeadlineMs), weight, fromUsable: false };
  begin.problems.push(...unknown.map((kind) => `the step "${kind}" is not known to this command and was not undone`));
  const asked = { control: new RolloutControl(), milestones: new Milestones() };
  return { id, service, strategy, from, to, ports, journal, traffic, ...asked, ...begin };
}

/** How many steps of a rollout have their intent in the journal. */
function begunIn(lines: readonly JournalLine[], id: string): number {
  const numbers = lines.map((line) =>
    line.type === 'action' && line.rollout === id && line.phase === 'intent' ? Number(line.detail['step'] ?? -1) : -1,
  );
  return 1 + Math.max(-1, ...numbers);
}

/** The last line of each rollout that has not ended. */
function unfinishedIn(lines: readonly JournalLine[]): RolloutLine[] {
  const last = new Map<string, RolloutLine>();
  for (const line of lines) {
    if (line.type !== 'rollout') continue;
    const { at: _at, scenario: _scenario, deadlineAtMs: _deadline, reason: _reason, ...rest } = line;
    last.set(line.rollout, rest);
  }
  return [...last.values()].filter(({ state }) => !ENDED.includes(state));
}

function lineFromRecord(to: Revision, { label: from }: Revision): RolloutLine {
  const id = to.rollout?.id ?? 'unknown';
  const { service, label } = to;
  return { type: 'rollout', rollout: id, service, strategy: 'unknown', state: 'Starting', from, to: label, weight: 0 };
}

/** Cuts off a line that the dead writer did not finish: what is appended next must start a line. */
function dropTornLine(path: string): void {
  const content = readFileSync(path);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) truncateSync(path, end);
}

function teeJournal(ports: DeliveryPorts, path: string | undefined): Journal & Disposable {
  const file = path === undefined || path === ports.journalPath ? undefined : new FileJournal(path);
  return {
    append(observation, options) {
      file?.append(observation, options);
      ports.journal.append(observation, options);
    },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}
