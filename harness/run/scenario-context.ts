import { HarnessError, errorMessage, runAll } from '../core/errors';
import { expect } from '../verdict/matchers';
import { alertView } from './alert-view';
import type { Deploy, RunningLoad, ScenarioContext } from './context';
import { deployOn } from './deploy';
import { openLoadOn } from './running-load';
import { reconcileRun } from './reconcile-run';
import type { Session } from './session';
import { traceView } from './trace-view';

/** A scenario's context, and how to end what the scenario left open. */
export interface OpenedContext {
  readonly context: ScenarioContext;
  /** Stops loads, reverts faults, returns the facts that were gathered. */
  close(): Promise<Record<string, unknown>>;
}

/** Builds what a scenario works with. Loads, rollouts and alerts leave their facts by themselves. */
export function openContext(session: Session, scenarioId: string): OpenedContext {
  const { stack, signal } = session;
  const facts: Record<string, unknown> = {};
  const failuresBefore = stack.faults.failures().length;
  const fact = (name: string, value: unknown) => void (facts[name] = value);
  const loads: RunningLoad[] = [];
  const ending = new AbortController();
  const underWay: Promise<unknown>[] = [];
  const rollouts: unknown[] = [];
  const alerts = alertView(session);
  const context: ScenarioContext = {
    stack: {
      stable: (service) => stack.stable(service),
      endpoint: (service, port) => stack.endpoint(service, port),
    },
    load: {
      open: async (options) => {
        const load = await openLoadOn(session, scenarioId, loads.length + 1, options);
        loads.push(load);
        return load;
      },
    },
    deploy: remembering(
      deployOn(session, AbortSignal.any([signal, ending.signal]), (rollout) => {
        const { failedIdsOnNew: _ids, ...told } = rollout;
        rollouts.push(told);
      }),
      underWay,
    ),
    faults: {
      latency: ({ leaseMs, ...fault }) => stack.faults.latency({ ...fault, leaseMs: leaseMs ?? FAULT_LEASE_MS }),
      crash: ({ leaseMs, ...fault }) => stack.faults.crash({ ...fault, leaseMs: leaseMs ?? FAULT_LEASE_MS }),
    },
    alerts,
    traces: traceView(session, (times) => fact('exclusiveTimeMs', times)),
    reconcile: async () => {
      const result = await reconcileRun(session);
      fact('reconciliation', result);
      return result;
    },
    fact,
    expect,
    signal,
  };
  return {
    context,
    close: async () => {
      // A rollout that nobody waited for goes back to stable before the next scenario begins.
      ending.abort(new HarnessError('scenario-ended', { message: 'the scenario has ended' }));
      await Promise.allSettled(underWay);
      await runAll([...loads.map((load) => () => load.stop()), () => stack.faults.revertAll()]);
      if (stack.faults.failures().length > failuresBefore) throw brokenFaults(stack.faults.failures());
      if (loads.length > 0) facts['requests'] = totalRequests(loads);
      if (rollouts.length > 0) facts['rollout'] = rollouts.length === 1 ? rollouts[0] : rollouts;
      const stories = alerts.stories();
      if (stories.length > 0) facts['alerts'] = stories;
      return facts;
    },
  };
}

function remembering(deploy: Deploy, underWay: Promise<unknown>[]): Deploy {
  const remember = <T>(work: Promise<T>) => {
    underWay.push(work);
    return work;
  };
  return Object.assign((...args: Parameters<Deploy>) => remember(deploy(...args)), {
    pinned: (...args: Parameters<Deploy['pinned']>) => remember(deploy.pinned(...args)),
  });
}

/** What a scenario saw while a fault's own machinery was broken proves nothing. */
function brokenFaults(failures: readonly HarnessError[]): HarnessError {
  const latest = failures.at(-1);
  return new HarnessError('fault-broken', {
    message: `a fault broke while the scenario ran: ${errorMessage(latest)}`,
    facts: { failures: failures.length },
    cause: latest,
  });
}

/** Long enough for an alert at any compression that traffic allows to fire, and short enough to end by itself. */
const FAULT_LEASE_MS = 600_000;

function totalRequests(loads: readonly RunningLoad[]): Record<string, number> {
  const sum = (key: 'sent' | 'ok' | 'failed' | 'lost' | 'late' | 'unsent') =>
    loads.reduce((total, load) => total + load.totals()[key], 0);
  return {
    sent: sum('sent'),
    ok: sum('ok'),
    failed: sum('failed'),
    lost: sum('lost'),
    late: sum('late'),
    unsent: sum('unsent'),
  };
}
