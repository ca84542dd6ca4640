import { existsSync } from 'node:fs';
import type { RolloutState } from '../contract/observation';
import type { RolloutOutcome, RolloutResult } from '../contract/rollout-result';
import { dropTornLine, readJournalLeniently, type Journal } from '../contract/journal';
import type { ErrorCode } from '../core/error-codes';
import { errorMessage } from '../core/errors';
import { RolloutControl } from './control';
import { cutOffFromRecord, cutOffIn, endedIn, type CutOff, type RolloutLine } from './cut-off';
import { journalEnd, unmark } from './end';
import { goForward } from './execute';
import { Milestones } from './milestones';
import type { DeliveryPorts } from './ports';
import { retriesOf, settled, type Revision } from './revisions/revision';
import { rollBack } from './rollback';
import { standing, type RunningRollout } from './rollout';
import { suitedTo } from './strategies/for-service';
import { restored } from './strategies/restore';
import { whoGaveBack } from './share-lease';
import type { Step } from './steps/step';
import { teeJournal } from './tee-journal';
import { trafficWatch } from './judge/traffic';
import { until } from './until';

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
 * Ends the rollouts that a dead controller left: back to stable before the new revision was accepted (`steps/accept.ts` says when that is),
 * from there on forward. Idempotent, and told, with the end of each, in the journal they stand in as well as in `ports.journal`. A paused rollback is tried once more. One that had ended, and
 * only could not say so any more, gets that line alone.
 */
export async function recover(options: {
  /** The journal of the run that died; those named by the revision records are read in any case. */
  readonly journalPath?: string;
  readonly ports: DeliveryPorts;
  /** Only of these: those of others may be under way. Default: all. */
  readonly services?: readonly string[];
}): Promise<RecoveredRollout[]> {
  const { ports, services } = options;
  const isOurs = ({ service }: { readonly service: string }) => services?.includes(service) ?? true;
  const marked = ports.revisions.unfinished().filter(isOurs);
  const paths = new Set([options.journalPath, ...marked.map(({ rollout }) => rollout?.journalPath)]);
  const recovered: RecoveredRollout[] = [];
  for (const path of paths) {
    const readable = path !== undefined && existsSync(path);
    if (!readable) continue;
    dropTornLine(path);
    // A line that cannot be read must not stand in the way of the others: what it told of is in the records, or is done again.
    const { lines, unreadable } = readJournalLeniently(path);
    for (const id of endedIn(lines)) unmark(ports.revisions, id);
    for (const cutOff of cutOffIn(lines, { isWhole: unreadable.length === 0 })) {
      if (!isOurs(cutOff.line)) continue;
      using journal = teeJournal(ports, { path, scenario: cutOff.scenario });
      const outcome = OUTCOMES[cutOff.line.state];
      if (outcome === undefined) recovered.push(await recoverOne(ports, journal, cutOff));
      else tellEnd(journal, cutOff, { outcome, endedAtMs: ports.clock.now() }, { ...ports, isStuck: false });
    }
  }
  // What no journal tells of (it was deleted, or never written): the records alone are enough to go back.
  for (const revision of ports.revisions.unfinished().filter(isOurs)) {
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
  const { rolledBackAtMs, isStuck, ...ended } = await endOne(ports, journal, cutOff);
  const times = { endedAtMs: ports.clock.now(), ...(rolledBackAtMs === undefined ? {} : { rolledBackAtMs }) };
  const { outcome, reason } = ended;
  const cause = outcome === 'promoted' ? {} : { cause: 'controller-died' satisfies ErrorCode };
  tellEnd(journal, cutOff, { outcome, reason, ...cause, ...times }, { ...ports, isStuck });
  return ended;
}

/** The line that its controller would have written. */
function tellEnd(
  journal: Journal,
  { line, reason, known }: CutOff,
  end: Pick<RolloutResult, 'outcome' | 'endedAtMs'> & Partial<RolloutResult>,
  { revisions, history, isStuck }: Pick<DeliveryPorts, 'revisions' | 'history'> & { readonly isStuck: boolean },
): void {
  const { rollout, service, strategy, from, to } = line;
  const why = reason === undefined ? {} : { reason };
  const marked = revisions.unfinished(service).find((revision) => revision.rollout?.id === rollout);
  const repeats = marked === undefined ? {} : retriesOf(marked);
  const result: RolloutResult = { rollout, service, strategy, ...repeats, from, to, ...known, ...why, ...end };
  journalEnd(result, { journal, revisions, isStuck, ...(history === undefined ? {} : { history }) });
}

async function endOne(
  ports: DeliveryPorts,
  journal: Journal,
  { line, begun, lastBegun, reason: reasonBefore }: CutOff,
): Promise<RecoveredRollout & { readonly rolledBackAtMs?: number; readonly isStuck: boolean }> {
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
    // Where the records know who else was stable, they lead back.
    return { ...about, outcome: 'rolled-back', reason, isStuck: !superseded };
  }

  const rollout = reopen(ports, journal, line, from, to);
  const { steps } = rollout.strategy;
  const committing = steps.findIndex(({ nature }) => nature === 'commits');
  const givenBack = await whoGaveBack(ports, service, toLabel);
  const isBegun = lastBegun !== undefined && lastBegun === steps[committing]?.kind;
  // A recovery that died too may have had its share given back after that line.
  const isKept = (isBegun || line.state === 'Retiring') && givenBack === '';
  const wasAccepted = to.status === 'stable' || isKept;
  const failure = wasAccepted
    ? await failureForward(rollout, committing < 0 ? [] : steps.slice(committing))
    : undefined;
  if (wasAccepted && failure === undefined) {
    const reason = [
      `its controller died while it retired the old revision${rollout.isStuck ? '' : ': completed'}`,
      ...rollout.problems,
    ].join('; ');
    return { ...about, outcome: 'promoted', reason, isStuck: rollout.isStuck };
  }
  const undoable: readonly Step[] = committing < 0 ? steps : steps.slice(0, committing);
  const before = reasonBefore === undefined ? '' : `${reasonBefore}; `;
  const died = `${before}its controller died in ${line.state} at weight ${line.weight} %${failure ?? ''}${givenBack}`;
  const { outcome, reason, rolledBackAtMs } = await rollBack(rollout, undoable.slice(0, begun), died);
  const when = rolledBackAtMs === undefined ? {} : { rolledBackAtMs };
  return { ...about, outcome, reason, ...when, isStuck: rollout.isStuck };
}

/** How long the front's checks have to see whether a revision is usable, ms: twice their slowest interval, and more. */
const CHECKED_MS = 3_000;

/**
 * Goes on to the new revision, unless it cannot take traffic and the old one still can. What stopped it, in words that follow others;
 * `undefined` where it went on. The records say then that the old revision is stable.
 */
async function failureForward(rollout: RunningRollout, steps: readonly Step[]): Promise<string | undefined> {
  const { ports, from, to } = rollout;
  const condition = `${to.label} is usable`;
  const isUsable = await until(ports.clock, { condition, timeoutMs: CHECKED_MS }, () => ports.usable(to)).then(
    () => true,
    () => false,
  );
  if (!isUsable && (await ports.usable(from).catch(() => false))) {
    ports.revisions.put(settled(from, 'stable'), { ...to, status: 'candidate' });
    return `, and ${to.label} is not usable`;
  }
  try {
    await goForward(rollout, steps);
    return undefined;
  } catch (error) {
    return `, and could not be completed: ${errorMessage(error)}`;
  }
}

function reopen(
  ports: DeliveryPorts,
  journal: Journal,
  line: RolloutLine,
  from: Revision,
  to: Revision,
): RunningRollout {
  const { strategy: recorded, unknown } = restored(to.rollout?.strategy, line.strategy);
  const strategy = suitedTo(to.settings, recorded);
  const traffic = trafficWatch({ from: from.label, to: to.label, settings: strategy.settings });
  const { rollout: id, service, weight } = line;
  const begin = { ...standing(ports.clock.now(), strategy.settings.progressDeadlineMs), weight, fromUsable: false };
  begin.problems.push(...unknown.map((kind) => `the step "${kind}" is not known to this command and was not undone`));
  const asked = { control: new RolloutControl(), milestones: new Milestones() };
  return { id, service, strategy, from, to, ports, journal, traffic, ...asked, ...begin };
}
