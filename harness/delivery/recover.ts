import { existsSync, readFileSync, truncateSync } from 'node:fs';
import type { JournalLine, Observation, RolloutState } from '../contract/observation';
import { FileJournal, readJournal, type Journal } from '../contract/journal';
import { accept } from './accept';
import type { DeliveryPorts } from './ports';
import type { RolloutOutcome } from './result';
import type { Revision } from './revision';
import { rollBack } from './rollback';
import type { Rollout } from './rollout';
import { DEFAULT_SETTINGS } from './strategies/strategy';
import { whoGaveBack } from './share-lease';
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
    for (const line of unfinishedIn(readJournal(path))) recovered.push(await recoverOne(ports, line, path));
  }
  // What no journal tells of (it was deleted, or never written): the records alone are enough to go back.
  for (const revision of ports.revisions.unfinished()) {
    const others = ports.revisions.list(revision.service).filter(({ label }) => label !== revision.label);
    const from =
      others.findLast(({ status }) => status === 'stable') ?? others.findLast(({ status }) => status === 'retired');
    if (from === undefined) continue;
    const line = lineFromRecord(revision, from);
    recovered.push(await recoverOne(ports, line, undefined));
  }
  return recovered;
}

async function recoverOne(
  ports: DeliveryPorts,
  line: RolloutLine,
  path: string | undefined,
): Promise<RecoveredRollout> {
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
  if (to.status === 'stable' || line.state === 'Retiring') {
    const problems = await accept(rollout);
    const reason = ['its controller died while it retired the old revision: completed', ...problems].join('; ');
    return { ...about, outcome: 'promoted', reason };
  }
  rollout.fromUsable = await ports.usable(from).catch(() => false);
  const givenBack = await whoGaveBack(ports, service, toLabel);
  const result = await rollBack(rollout, `its controller died in ${line.state} at weight ${line.weight} %${givenBack}`);
  return { ...about, outcome: result.outcome, reason: result.reason };
}

function reopen(ports: DeliveryPorts, journal: Journal, line: RolloutLine, from: Revision, to: Revision): Rollout {
  const strategy = { name: line.strategy, steps: [100], settings: DEFAULT_SETTINGS };
  const traffic = trafficWatch({ from: from.label, to: to.label, windowMs: DEFAULT_SETTINGS.windowMs });
  const { rollout: id, service, weight } = line;
  const standing = { weight, weightsReached: [], judgements: 0, fromUsable: false };
  return { id, service, strategy, from, to, ports, journal, traffic, startedAtMs: ports.clock.now(), ...standing };
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
