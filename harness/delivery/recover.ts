import { existsSync, readFileSync, truncateSync } from 'node:fs';
import type { RolloutState } from '../contract/observation';
import type { RolloutOutcome, RolloutResult } from '../contract/rollout-result';
import { FileJournal, readJournal, type Journal } from '../contract/journal';
import { RolloutControl } from './control';
import { cutOffFromRecord, cutOffIn, type CutOff, type RolloutLine } from './cut-off';
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

/** How a rollout ended, by its last state. */
const OUTCOMES: Partial<Record<RolloutState, RolloutOutcome>> = { Succeeded: 'promoted', RolledBack: 'rolled-back' };

/**
 * Ends the rollouts that a dead controller left: before `Retiring` back to stable, from there on forward. Idempotent, and told, with the
 * end of each, in the journal they stand in as well as in `ports.journal`. A paused rollback is tried once more. One that had ended, and
 * only could not say so any more, gets that line alone.
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
    for (const cutOff of cutOffIn(readJournal(path))) {
      using journal = teeJournal(ports, { path, scenario: cutOff.scenario });
      const outcome = OUTCOMES[cutOff.line.state];
      if (outcome === undefined) recovered.push(await recoverOne(ports, journal, cutOff));
      else journalEnd(journal, cutOff, { outcome, endedAtMs: ports.clock.now() });
    }
  }
  // What no journal tells of (it was deleted, or never written): the records alone are enough to go back.
  for (const revision of ports.revisions.unfinished()) {
    const others = ports.revisions.list(revision.service).filter(({ label }) => label !== revision.label);
    const from =
      others.findLast(({ status }) => status === 'stable') ?? others.findLast(({ status }) => status === 'retired');
    if (from === undefined) continue;
    recovered.push(await recoverOne(ports, ports.journal, cutOffFromRecord(revision, from, ports.clock.now())));
  }
  return recovered;
}

/** Ends one, and writes down how. */
async function recoverOne(ports: DeliveryPorts, journal: Journal, cutOff: CutOff): Promise<RecoveredRollout> {
  const { rolledBackAtMs, ...ended } = await endOne(ports, journal, cutOff);
  const times = { endedAtMs: ports.clock.now(), ...(rolledBackAtMs === undefined ? {} : { rolledBackAtMs }) };
  const { outcome, reason } = ended;
  const cause = outcome === 'promoted' ? {} : { cause: 'controller-died' };
  journalEnd(journal, cutOff, { outcome, reason, ...cause, ...times });
  return ended;
}

/** The line that its controller would have written. */
function journalEnd(
  journal: Journal,
  { line, reason, known }: CutOff,
  end: Pick<RolloutResult, 'outcome' | 'endedAtMs'> & Partial<RolloutResult>,
): void {
  const { rollout, service, strategy, from, to } = line;
  const why = reason === undefined ? {} : { reason };
  const result: RolloutResult = { rollout, service, strategy, from, to, ...known, ...why, ...end };
  journal.append({ type: 'rollout-ended', ...result }, { durable: true });
}

async function endOne(
  ports: DeliveryPorts,
  journal: Journal,
  { line, begun, reason: reasonBefore }: CutOff,
): Promise<RecoveredRollout & { readonly rolledBackAtMs?: number }> {
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
  const before = reasonBefore === undefined ? '' : `${reasonBefore}; `;
  const died = `${before}its controller died in ${line.state} at weight ${line.weight} %${givenBack}`;
  const { outcome, reason, rolledBackAtMs } = await rollBack(rollout, undoable.slice(0, begun), died);
  return { ...about, outcome, reason, ...(rolledBackAtMs === undefined ? {} : { rolledBackAtMs }) };
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

/** Cuts off a line that the dead writer did not finish: what is appended next must start a line. */
function dropTornLine(path: string): void {
  const content = readFileSync(path);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) truncateSync(path, end);
}

/** Writes into the journal of a run that died, under the scenario that it died in, as well as into that of this run. */
function teeJournal(
  ports: DeliveryPorts,
  { path, scenario }: { readonly path: string; readonly scenario: string | undefined },
): Journal & Disposable {
  const file = path === ports.journalPath ? undefined : new FileJournal(path);
  if (file !== undefined) file.scenario = scenario;
  return {
    append(observation, options) {
      file?.append(observation, options);
      ports.journal.append(observation, options);
    },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}
