import { NO_TRAFFIC } from '../contract/traffic-counts';
import { hasCode } from '../core/errors';
import { newId } from '../core/ids';
import { openAlertGuard } from './guards/alert-guard';
import { RolloutControl } from './control';
import { journalEnd } from './end';
import type { Gate } from './gate';
import { execute } from './execute';
import { rolloutHandle, type Rollout } from './handle';
import { Milestones } from './milestones';
import { openOwnMetrics } from './guards/own-metrics';
import type { DeliveryPorts } from './ports';
import { planOf, preflight, type Plan, type PreflightRequest } from './revisions/preflight';
import type { RolloutResult } from '../contract/rollout-result';
import { standing, type RunningRollout } from './rollout';
import { strategyFor, type AskedStrategy } from './strategies/asked';
import { recordOf, type Strategy } from './strategies/strategy';
import { trafficWatch } from './judge/traffic';

export interface DeployRequest extends PreflightRequest, AskedStrategy {
  /** Aborts to stable. */
  readonly signal?: AbortSignal;
  /** Where its step `join` waits for the rest of a whole release. */
  readonly gate?: Gate;
}

/**
 * Begins to deploy an image to a managed service by a strategy. The rollout goes on by itself, and rolls back by itself; it is over when
 * `ended()` resolves.
 * @throws HarnessError `unknown-service`, `image-not-found`, `no-stable-revision`, `rollout-unfinished`, `alert-firing`, `alert-not-watched`,
 * `unknown-alert`, `strategy-invalid`, `disk-full`: nothing was changed
 */
export async function beginRollout(request: DeployRequest, ports: DeliveryPorts): Promise<Rollout> {
  const startedAtMs = ports.clock.now();
  const spec = await preflight(request, ports);
  const { strategy } = strategyFor(request, spec, ports);
  const isNew = ({ from, to }: Plan) => from !== to;
  const intended = planOf(request, spec, ports);
  const watched = isNew(intended) ? await openWatched(strategy, intended, ports) : {};
  request.signal?.throwIfAborted();
  ports.requireRoom?.();
  const plan = planOf(request, spec, ports);
  const control = new RolloutControl(request.signal);
  const milestones = new Milestones();
  if (!isNew(plan)) {
    const result = unchanged(request, plan, ports, startedAtMs);
    journalEnd(result, { ...ports, isStuck: false });
    return rolloutHandle({ control, milestones, ended: Promise.resolve(result) });
  }
  const rollout = openRollout({ ...request, strategy }, plan, {
    ...{ ports, control, milestones, startedAtMs },
    ...watched,
  });
  const ended = execute(rollout).then((result) => {
    try {
      journalEnd(result, { ...ports, isStuck: rollout.isStuck });
      return result;
    } catch (error) {
      if (!hasCode(error, 'disk-full')) throw error;
      return { ...result, reason: [...(result.reason === undefined ? [] : [result.reason]), error.message].join('; ') };
    }
  });
  return rolloutHandle({ control, milestones, ended });
}

/** Deploys, and waits until the rollout has ended. */
export async function deploy(request: DeployRequest, ports: DeliveryPorts): Promise<RolloutResult> {
  return (await beginRollout(request, ports)).ended();
}

function openRollout(
  { strategy, service, gate, retry }: DeployRequest,
  plan: Plan,
  {
    startedAtMs,
    ...parts
  }: Pick<RunningRollout, 'ports' | 'control' | 'milestones' | 'alerts' | 'metrics' | 'startedAtMs'>,
): RunningRollout {
  const id = newId('rollout');
  const { from } = plan;
  const { journal, journalPath } = parts.ports;
  const mark = {
    ...{ id, strategy: recordOf(strategy) },
    ...(journalPath === undefined ? {} : { journalPath }),
    ...(retry === undefined ? {} : { retries: retry.rollout }),
  };
  const to = { ...plan.to, rollout: mark };
  const traffic = trafficWatch({ from: from.label, to: to.label, settings: strategy.settings });
  const begin = standing(startedAtMs, strategy.settings.progressDeadlineMs);
  const own = gate === undefined ? {} : { gate };
  return { id, service, strategy, from, to, journal, traffic, ...own, ...parts, ...begin };
}

/** What of the stack's Prometheus the rollout is to heed. */
async function openWatched(
  { settings }: Strategy,
  plan: Plan,
  ports: DeliveryPorts,
): Promise<Pick<RunningRollout, 'alerts' | 'metrics'>> {
  const alerts = await openAlertGuard(settings, ports);
  const metrics = await openOwnMetrics(settings.metrics ?? [], plan, ports);
  return { ...(alerts === undefined ? {} : { alerts }), ...(metrics === undefined ? {} : { metrics }) };
}

function unchanged(request: DeployRequest, plan: Plan, ports: DeliveryPorts, startedAtMs: number): RolloutResult {
  const { service, strategy, retry } = request;
  const { label, image } = plan.from;
  const reason = `${label} already runs the content of ${request.image ?? image} with this definition`;
  ports.journal.append({ type: 'note', message: `${service}: ${reason}; nothing to deploy` });
  return {
    rollout: newId('rollout'),
    service,
    strategy: strategy.name,
    ...(retry === undefined ? {} : { retries: retry.rollout }),
    outcome: 'unchanged',
    from: label,
    to: label,
    reason,
    startedAtMs,
    endedAtMs: ports.clock.now(),
    weightsReached: [],
    judgements: 0,
    samples: { from: NO_TRAFFIC, to: NO_TRAFFIC },
  };
}
