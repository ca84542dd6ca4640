import { isWorker } from '../contract/config';
import { errorMessage, isHarnessError } from '../core/errors';
import { attribution, type Attribution } from '../contract/attribution';
import type { RolloutResult } from '../contract/rollout-result';
import { exitText, exitsText, tellsOfExits, type Exit } from './guards/exits';
import { rollBack } from './rollback';
import { retriesOf } from './revisions/revision';
import { enter, perform, type RunningRollout } from './rollout';
import type { Step } from './steps/step';
import { prune } from './take-out';
import { requireWhole } from './revisions/require-whole';
import { watch } from './watch';

/** Why a rollout goes back to stable. */
interface WayBack {
  readonly outcome: 'rolled-back' | 'aborted' | 'held';
  readonly reason: string;
  readonly cause?: string;
  readonly decidedAtMs: number;
  readonly attribution?: Attribution;
  /** The reason says by itself which containers ended. */
  readonly isExitTold?: true;
}

/** Does the steps of a rollout, or undoes them, until it has ended. A rollout that ends badly is a result, not an error. */
export async function execute(rollout: RunningRollout): Promise<RolloutResult> {
  const { steps } = rollout.strategy;
  const committing = steps.findIndex(({ nature }) => nature === 'commits');
  const revocable = committing < 0 ? steps : steps.slice(0, committing);
  const begun: Step[] = [];
  const watching = new AbortController();
  try {
    try {
      await begin(rollout, watching.signal);
      for (const [number, step] of revocable.entries()) {
        await whilePaused(rollout, step);
        begun.push(step);
        await act(rollout, step, number);
      }
      const commit = steps[committing];
      if (commit === undefined) return await goBack(rollout, begun, heldAsAsked(rollout));
      await maybeAccepted(rollout, commit);
      await goForward(rollout, steps.slice(committing));
    } catch (error) {
      return await goBack(rollout, begun, wayBack(rollout, error));
    }
    journalOutages(rollout);
    const { problems } = rollout;
    return {
      ...describe(rollout),
      outcome: 'promoted',
      ...(problems.length === 0 ? {} : { reason: problems.join('; ') }),
      ...(rollout.replaced === undefined ? {} : { attribution: 'replica' }),
    };
  } finally {
    watching.abort();
  }
}

/**
 * The last steps, from the point of no return on. Idempotent: recovery does them again. That point is the record: what fails once it says
 * that the new revision is stable is told, and what is left stays for the next command.
 * @throws what failed before
 */
export async function goForward(rollout: RunningRollout, steps: readonly Step[]): Promise<void> {
  const { ports, service, to, problems } = rollout;
  const first = rollout.strategy.steps.length - steps.length;
  try {
    for (const [index, step] of steps.entries()) await act(rollout, step, first + index);
    await prune(rollout);
    ports.revisions.put({ ...to, status: 'stable' });
    enter(rollout, 'Succeeded', problems.length === 0 ? {} : { reason: problems.join('; ') });
  } catch (error) {
    if (ports.revisions.stable(service)?.label !== to.label) throw error;
    problems.push(
      `${to.label} is stable; what is left to do failed, and waits for the next command: ${errorMessage(error)}`,
    );
    rollout.isStuck = true;
  }
}

async function begin(rollout: RunningRollout, watching: AbortSignal): Promise<void> {
  const { ports, service, to, traffic, deadlineAtMs, exits, journal } = rollout;
  const { label, image, imageId, content } = to;
  // Not its definition: that holds the service's environment, and a journal is shown around.
  const told = { revision: label, image, imageId, content };
  // Its mark comes before its first state: what a journal tells of, the next command finds and ends.
  await perform(rollout, 'record-candidate', told, async () => ports.revisions.put(to));
  enter(rollout, 'Pending', { deadlineAtMs });
  enter(rollout, 'Preflight', { deadlineAtMs });
  await ports.watch(service, traffic.onSample, watching);
  const onExit = (exit: Exit): void => {
    exits.add(exit);
    journal.append({ type: 'note', message: exitText(exit), detail: { rollout: rollout.id, ...exit } });
  };
  await ports.watchExits(service, onExit, watching);
}

/** Before it acts: while it is paused, or nobody knows whether an alert that would end it fires. */
async function whilePaused(rollout: RunningRollout, { nature }: Step): Promise<void> {
  const { control, alerts } = rollout;
  control.signal.throwIfAborted();
  if (nature === 'watches') return;
  if (control.isPaused || alerts !== undefined) await watch(rollout, async () => true);
}

/** The last moment to pause or to abort: from its return to the record nothing is waited for. */
async function maybeAccepted(rollout: RunningRollout, commit: Step): Promise<void> {
  do {
    await whilePaused(rollout, commit);
    await requireWhole(rollout, 'at the end');
  } while (rollout.control.isPaused);
  rollout.control.signal.throwIfAborted();
}

function act(rollout: RunningRollout, step: Step, number: number): Promise<void> {
  return perform(rollout, step.kind, { ...step.options, step: number }, () => step.run(rollout));
}

async function goBack(rollout: RunningRollout, begun: readonly Step[], way: WayBack): Promise<RolloutResult> {
  rollout.traffic.listen(undefined);
  const { outcome, ...rollback } = await rollBack(rollout, begun, way.reason, () => whyBad(rollout, way));
  journalOutages(rollout);
  const times = measured(rollout, way.decidedAtMs);
  if (way.outcome !== 'held') journalTimes(rollout, { ...rollback, ...times });
  return {
    ...describe(rollout),
    ...rollback,
    outcome: outcome === 'rolled-back' ? way.outcome : outcome,
    ...(way.cause === undefined ? {} : { cause: way.cause }),
    ...(way.attribution === undefined ? {} : { attribution: way.attribution }),
    ...times,
  };
}

/**
 * What is known of a bad release beside its reason, once traffic is safe: requests fail on a container that ends before the Engine tells of
 * its end, and the judge is quicker than both.
 */
async function whyBad(
  { ports, to, exits }: RunningRollout,
  { outcome, reason, isExitTold }: WayBack,
): Promise<string | undefined> {
  if (outcome !== 'rolled-back') return undefined;
  const ended = isExitTold === true ? undefined : exitsText(to, exits.of(to));
  const first = (await ports.complaints(to)).find(({ words }) => ![reason, ended ?? ''].join().includes(words));
  const logged = first === undefined ? undefined : `the log of ${to.label} says ${first.count} times: ${first.words}`;
  const known = [ended, logged].filter((text) => text !== undefined);
  return known.length === 0 ? undefined : known.join('; ');
}

function heldAsAsked({ ports, weightsReached, held }: RunningRollout): WayBack {
  const decidedAtMs = ports.clock.now();
  const weight = weightsReached.at(-1);
  const at = weight === undefined ? '' : ` at ${weight} %`;
  const time = held === undefined ? '' : ` for ${Math.round(held.toMs - held.fromMs)} ms`;
  return { outcome: 'held', reason: `held${at}${time} as asked`, decidedAtMs };
}

function wayBack({ control, ports }: RunningRollout, error: unknown): WayBack {
  const reason = errorMessage(error);
  const known = isHarnessError(error) ? error.facts['decidedAtMs'] : undefined;
  const decidedAtMs = typeof known === 'number' ? known : ports.clock.now();
  if (control.isAborted) return { outcome: 'aborted', reason, cause: 'aborted', decidedAtMs };
  if (control.signal.aborted) {
    return { outcome: 'aborted', reason: `interrupted: ${reason}`, cause: 'interrupted', decidedAtMs };
  }
  return {
    outcome: 'rolled-back',
    reason,
    cause: isHarnessError(error) ? error.code : 'unexpected-error',
    decidedAtMs,
    ...attributed(error),
    ...(tellsOfExits(error) ? { isExitTold: true } : {}),
  };
}

function attributed(error: unknown): Pick<WayBack, 'attribution'> {
  const { data } = attribution.safeParse(isHarnessError(error) ? error.facts['attribution'] : undefined);
  return data === undefined ? {} : { attribution: data };
}

function describe(rollout: RunningRollout): Omit<RolloutResult, 'outcome'> {
  const outages = rollout.traffic.outages();
  const wrongAnswers = rollout.traffic.wrongAnswers();
  return {
    rollout: rollout.id,
    service: rollout.service,
    strategy: rollout.strategy.name,
    ...retriesOf(rollout.to),
    from: rollout.from.label,
    to: rollout.to.label,
    startedAtMs: rollout.startedAtMs,
    endedAtMs: rollout.ports.clock.now(),
    weightsReached: rollout.weightsReached,
    judgements: rollout.judgements,
    ...(rollout.held === undefined ? {} : { held: rollout.held }),
    ...(outages.length === 0 ? {} : { outages }),
    ...(rollout.replicas === undefined ? {} : { replicas: rollout.replicas }),
    ...(isWorker(rollout.to.settings) ? { counts: 'messages' as const } : {}),
    samples: rollout.traffic.totals(),
    ...(wrongAnswers === undefined ? {} : { wrongAnswers }),
  };
}

function measured({ traffic }: RunningRollout, decidedAtMs: number): Partial<RolloutResult> {
  const firstMs = traffic.firstBadResponseAtMs();
  // What hangs is found by its silence: its bad answers come when it is stopped.
  const firstBadResponseAtMs = firstMs !== undefined && firstMs <= decidedAtMs ? firstMs : undefined;
  const lastStartOnBadAtMs = traffic.lastStartOnNewAtMs();
  return {
    decidedAtMs,
    ...(firstBadResponseAtMs === undefined ? {} : { firstBadResponseAtMs }),
    ...(lastStartOnBadAtMs === undefined
      ? {}
      : { lastStartOnBadAtMs, switchMs: Math.max(0, lastStartOnBadAtMs - decidedAtMs) }),
  };
}

/** Bars of the design for how fast a bad release is out of the traffic, ms. Shown, and asserted by the benchmark alone. */
const SWITCH_LIMIT_MS = 25;
const ROLLED_BACK_LIMIT_MS = 5_000;

function journalTimes(
  { journal, to }: RunningRollout,
  { switchMs, firstBadResponseAtMs: firstMs, rolledBackAtMs: backMs }: Partial<RolloutResult>,
): void {
  const measurement = (name: string, value: number, limit: number) =>
    journal.append({ type: 'measurement', name: `${to.label}: ${name}`, value, unit: 'ms', limit, samples: 1 });
  if (switchMs !== undefined) measurement('decision → last request started on it', switchMs, SWITCH_LIMIT_MS);
  if (firstMs === undefined || backMs === undefined) return;
  measurement('first bad response → rolled back', backMs - firstMs, ROLLED_BACK_LIMIT_MS);
}

function journalOutages({ journal, service, traffic }: RunningRollout): void {
  for (const { lastAnswerAtMs, firstAnswerAtMs, unserved } of traffic.outages()) {
    const measurement = (name: string, value: number, unit: string) =>
      journal.append({ type: 'measurement', name: `${service}: ${name}`, value, unit, samples: 1 });
    measurement('requests that nobody could serve', unserved, 'requests');
    if (lastAnswerAtMs === undefined || firstAnswerAtMs === undefined) continue;
    measurement('last answer before the stop → first answer after it', firstAnswerAtMs - lastAnswerAtMs, 'ms');
  }
}
