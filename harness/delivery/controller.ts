import { HarnessError, errorMessage, isHarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { accept } from './accept';
import { analyze, hangingNow } from './analysis';
import type { DeliveryPorts } from './ports';
import type { Baseline } from './phase';
import { preflight, type Plan, type PreflightRequest } from './preflight';
import type { RolloutResult } from './result';
import { rollBack } from './rollback';
import { enter, perform, shift, type Rollout } from './rollout';
import type { Strategy } from './strategies/strategy';
import { trafficWatch } from './traffic';
import { until } from './until';

export type { DeliveryPorts } from './ports';
export type { RolloutOutcome, RolloutResult } from './result';
export type { Strategy } from './strategies/strategy';

export interface DeployRequest extends PreflightRequest {
  readonly strategy: Strategy;
  /** `off`: time and health alone decide. Default `on`. */
  readonly judge?: 'on' | 'off';
  /** Holds the first weight for so long with the judge off, then goes back to stable; ms. */
  readonly pinMs?: number;
  /** Aborts to stable. */
  readonly signal?: AbortSignal;
}

/**
 * Deploys an image to a managed service by a strategy, and rolls back by itself. A rollout that ends badly is a result, not an error.
 * @throws HarnessError `unknown-service`, `image-not-found`, `no-stable-revision`, `rollout-unfinished`: nothing was changed
 */
export async function deploy(request: DeployRequest, ports: DeliveryPorts): Promise<RolloutResult> {
  const startedAtMs = ports.clock.now();
  const plan = await preflight(request, ports);
  if (plan.to === plan.from) return unchanged(request, plan, ports, startedAtMs);
  request.signal?.throwIfAborted();

  const rollout = openRollout(request, plan, ports, startedAtMs);
  const watching = new AbortController();
  try {
    return await run(rollout, request, watching.signal);
  } finally {
    watching.abort();
  }
}

async function run(rollout: Rollout, request: DeployRequest, watching: AbortSignal): Promise<RolloutResult> {
  try {
    await advance(rollout, request, watching);
  } catch (error) {
    const decidedAtMs = decisionTime(error) ?? rollout.ports.clock.now();
    const isInterrupted = request.signal?.aborted === true;
    const reason = isInterrupted ? `interrupted: ${errorMessage(error)}` : errorMessage(error);
    const cause = isInterrupted ? 'interrupted' : isHarnessError(error) ? error.code : 'unexpected-error';
    rollout.traffic.listen(undefined);
    const rollback = await rollBack(rollout, reason);
    const times = measured(rollout, decidedAtMs);
    journalTimes(rollout, { ...rollback, ...times });
    return { ...describe(rollout), ...rollback, cause, ...times };
  }
  const problems = await accept(rollout);
  return {
    ...describe(rollout),
    outcome: 'promoted',
    ...(problems.length === 0 ? {} : { reason: problems.join('; ') }),
  };
}

/** Everything up to the point of no return. Whatever it throws leads back to stable. */
async function advance(rollout: Rollout, request: DeployRequest, watching: AbortSignal): Promise<void> {
  const { ports, strategy, from, to, traffic, service } = rollout;
  const { settings, steps } = strategy;
  const { signal } = request;
  const deadlineAtMs = rollout.startedAtMs + settings.progressDeadlineMs;
  enter(rollout, 'Pending', { deadlineAtMs });
  enter(rollout, 'Preflight', { deadlineAtMs });
  await perform(rollout, 'record-candidate', { revision: to }, async () => ports.revisions.put(to));
  await ports.watch(service, traffic.onSample, watching);

  const readyByMs = ports.clock.now() + settings.readyTimeoutMs;
  enter(rollout, 'Starting', { deadlineAtMs: readyByMs });
  await perform(rollout, 'start-candidate', { revision: to.label, image: to.image }, () =>
    ports.start(to, { timeoutMs: settings.readyTimeoutMs, ...(signal === undefined ? {} : { signal }) }),
  );
  enter(rollout, 'Readying', { deadlineAtMs: readyByMs });
  await awaitReady(rollout, readyByMs - ports.clock.now(), signal);
  await perform(rollout, 'admit', { revision: to.label }, () => ports.admit(to));

  for (const weight of steps) {
    signal?.throwIfAborted();
    const last = weight === 100;
    const baseline = last ? { baseline: await baselineOf(rollout) } : {};
    enter(rollout, 'Shifting', { deadlineAtMs, reason: `to ${weight} %` });
    await shift(rollout, weight);
    if (!last) traffic.measureStable();
    if (request.pinMs !== undefined) {
      enter(rollout, 'Analyzing', { deadlineAtMs, reason: `pinned for ${request.pinMs} ms, not judged` });
      const fromMs = ports.clock.now();
      await analyze(rollout, { minMs: request.pinMs, deadlineAtMs, judge: 'off', signal });
      rollout.pinned = { fromMs, toMs: ports.clock.now() };
      throw new HarnessError('pin-over', { message: `held at ${weight} % for ${request.pinMs} ms as asked` });
    }
    if (last) enter(rollout, 'Promoted', { deadlineAtMs });
    enter(rollout, last ? 'Baking' : 'Analyzing', { deadlineAtMs });
    const minMs = last ? settings.bakeMs : settings.minStepMs;
    await analyze(rollout, { minMs, deadlineAtMs, judge: request.judge ?? 'on', signal, ...baseline });
  }
  if (!(await ports.usable(to))) {
    throw new HarnessError('release-dead', { message: `${to.label} is not usable at the end; ${from.label} stays` });
  }
}

/** What stable did just before it loses its last traffic. */
async function baselineOf(rollout: Rollout): Promise<Baseline> {
  const { from: hanging } = await hangingNow(rollout);
  return { ...rollout.traffic.baseline(rollout.ports.clock.now()), hanging };
}

/** Waits until the front has seen the new revision usable without a break for `minReadyMs`. */
async function awaitReady(
  { ports, strategy, to }: Rollout,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { minReadyMs } = strategy.settings;
  let readySinceMs: number | undefined;
  const condition = `${to.label} is ready for ${minReadyMs} ms`;
  const options = { condition, code: 'release-not-ready', timeoutMs: timeoutMs + minReadyMs, signal } as const;
  await until(ports.clock, options, async () => {
    const nowMs = ports.clock.now();
    readySinceMs = (await ports.usable(to)) ? (readySinceMs ?? nowMs) : undefined;
    return readySinceMs !== undefined && nowMs - readySinceMs >= minReadyMs;
  });
}

function openRollout(
  { strategy, service }: DeployRequest,
  plan: Plan,
  ports: DeliveryPorts,
  startedAtMs: number,
): Rollout {
  const id = newId('rollout');
  const { from } = plan;
  const mark = { id, ...(ports.journalPath === undefined ? {} : { journalPath: ports.journalPath }) };
  const to = { ...plan.to, rollout: mark };
  const traffic = trafficWatch({ from: from.label, to: to.label, windowMs: strategy.settings.windowMs });
  const begin = { weight: 0, weightsReached: [], judgements: 0, fromUsable: true };
  return { id, service, strategy, from, to, ports, journal: ports.journal, traffic, startedAtMs, ...begin };
}

function unchanged(request: DeployRequest, plan: Plan, ports: DeliveryPorts, startedAtMs: number): RolloutResult {
  const { service, strategy } = request;
  const { label, image } = plan.from;
  const reason = `${label} already runs the content of ${request.image ?? image} with this definition`;
  ports.journal.append({ type: 'note', message: `${service}: ${reason}; nothing to deploy` });
  const none = { requests: 0, errors: 0 };
  return {
    rollout: newId('rollout'),
    service,
    strategy: strategy.name,
    outcome: 'unchanged',
    from: label,
    to: label,
    reason,
    startedAtMs,
    endedAtMs: ports.clock.now(),
    weightsReached: [],
    judgements: 0,
    samples: { from: none, to: none },
  };
}

function describe(rollout: Rollout): Omit<RolloutResult, 'outcome'> {
  return {
    rollout: rollout.id,
    service: rollout.service,
    strategy: rollout.strategy.name,
    from: rollout.from.label,
    to: rollout.to.label,
    startedAtMs: rollout.startedAtMs,
    endedAtMs: rollout.ports.clock.now(),
    weightsReached: rollout.weightsReached,
    judgements: rollout.judgements,
    ...(rollout.pinned === undefined ? {} : { pinned: rollout.pinned }),
    samples: rollout.traffic.totals(),
  };
}

function measured({ traffic }: Rollout, decidedAtMs: number): Partial<RolloutResult> {
  const firstBadResponseAtMs = traffic.firstBadResponseAtMs();
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
  { journal, to }: Rollout,
  { switchMs, firstBadResponseAtMs: firstMs, rolledBackAtMs: backMs }: Partial<RolloutResult>,
): void {
  const measurement = (name: string, value: number, limit: number) =>
    journal.append({ type: 'measurement', name: `${to.label}: ${name}`, value, unit: 'ms', limit, samples: 1 });
  if (switchMs !== undefined) measurement('decision → last request started on it', switchMs, SWITCH_LIMIT_MS);
  if (firstMs === undefined || backMs === undefined) return;
  measurement('first bad response → rolled back', backMs - firstMs, ROLLED_BACK_LIMIT_MS);
}

function decisionTime(error: unknown): number | undefined {
  const at = isHarnessError(error) ? error.facts['decidedAtMs'] : undefined;
  return typeof at === 'number' ? at : undefined;
}
