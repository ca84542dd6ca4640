import { runAll } from '../core/errors';
import { expect } from '../verdict/matchers';
import { alertView } from './alert-view';
import type { RunningLoad, ScenarioContext } from './context';
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
  const fact = (name: string, value: unknown) => void (facts[name] = value);
  const loads: RunningLoad[] = [];
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
    deploy: deployOn(session, (rollout) => {
      const { failedIdsOnNew: _ids, ...told } = rollout;
      rollouts.push(told);
    }),
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
      await runAll([...loads.map((load) => () => load.stop()), () => stack.faults.revertAll()]);
      if (loads.length > 0) facts['requests'] = totalRequests(loads);
      if (rollouts.length > 0) facts['rollout'] = rollouts.length === 1 ? rollouts[0] : rollouts;
      const stories = alerts.stories();
      if (stories.length > 0) facts['alerts'] = stories;
      return facts;
    },
  };
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
