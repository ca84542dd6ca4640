import type { Edge } from '../contract/config';
import type { RequestTotals } from '../contract/request-totals';
import { ownFacts } from '../contract/lines/scenario';
import { quotedCommand } from '../core/command-line';
import { tearDown } from '../core/bounded';
import { HarnessError, errorMessage, hasCode } from '../core/errors';
import { TextCounts } from '../core/text-counts';
import { keptUp } from '../verdict/findings';
import { expect, findingError } from '../verdict/matchers';
import { alertView } from './alert-view';
import type { OpenLoadOptions, ScenarioContext, SteadyOptions } from './context';
import { deployOn } from './deploy';
import { releaseOn } from './release';
import type { ScenarioEnding } from './scenario-verdict';
import type { LiveRun, OpenedLoad } from './live-run';
import { traceView } from './trace-view';

/** Undoing a rollout takes a start and a drain. */
const ROLLOUT_END_MS = 120_000;

/** A load opens within 30 s, and ends by itself, or is killed, 15 s after it was asked to; reading a long ledger takes a while. */
const LOAD_STOP_MS = 60_000;

/** Agents answer within 10 s, or are given up; a container that was kept down is running again within 30 s. */
const FAULT_REVERT_MS = 60_000;

/** What a scenario left when it was closed. */
export interface ClosedContext extends Pick<ScenarioEnding, 'fault' | 'cleanUp' | 'load'> {
  readonly facts: Record<string, unknown>;
}

/** A scenario's context, and how to end what the scenario left open. */
export interface OpenedContext {
  readonly context: ScenarioContext;
  /** Ends rollouts, stops loads, reverts faults, each in a time of its own. Never throws. */
  close(): Promise<ClosedContext>;
}

/** Builds what a scenario works with. Loads and alerts leave their facts by themselves; a rollout's end is a line of the journal. */
export function openContext(
  run: LiveRun,
  { scenarioId, signal }: { readonly scenarioId: string; readonly signal: AbortSignal },
): OpenedContext {
  const live = endingWith(run, signal);
  const { stack } = live;
  const facts: Record<string, unknown> = {};
  const failuresBefore = stack.faults.failures().length;
  const fact = (name: string, value: unknown) => void (facts[name] = value);
  const loads: OpenedLoad[] = [];
  const opening: Promise<OpenedLoad>[] = [];
  const ending = new AbortController();
  const underWay: Promise<unknown>[] = [];
  const alerts = alertView(live);
  const open = async (options?: OpenLoadOptions): Promise<OpenedLoad> => {
    signal.throwIfAborted();
    const opened = live.openLoad(scenarioId, opening.length + 1, options).then((load) => {
      loads.push(load);
      return load;
    });
    opening.push(opened);
    return opened;
  };
  const context: ScenarioContext = {
    stack: {
      edges: namedEdges(live.loaded.config.edges ?? {}),
      stable: (service) => stack.stable(service),
      endpoint: (service, port) => stack.endpoint(service, port),
    },
    load: {
      open,
      steady: async ({ errorRatioMax, holdMs, timeoutMs, ...options } = {}) => {
        const load = await open(options);
        // One that does not become steady is stopped when the scenario is closed.
        await load.awaitSteady(given({ errorRatioMax, holdMs, timeoutMs }));
        return load;
      },
    },
    deploy: remembering(deployOn(live, AbortSignal.any([signal, ending.signal])), underWay),
    release: remembering(releaseOn(live, AbortSignal.any([signal, ending.signal])), underWay),
    inject: async (fault) => {
      signal.throwIfAborted();
      if (fault.carriedBy === 'agent' && stack.edgeLack !== undefined) throw noEdgeFaults(stack.edgeLack);
      return stack.faults.inject(fault, { leaseMs: FAULT_LEASE_MS });
    },
    alerts,
    traces: traceView(live, (times) => fact('exclusiveTimeMs', times)),
    reconcile: async () => {
      const result = await live.reconcile();
      fact('reconciliation', result);
      return result;
    },
    fact: (name, value) => {
      if (Object.hasOwn(ownFacts.shape, name)) throw takenFact(name);
      fact(name, value);
    },
    measure: ({ name, value, samples }, options) => {
      if (value === undefined) return;
      if (!Number.isFinite(value)) throw noFigure(name, value, samples);
      live.journal.append({ type: 'measurement', name, value, samples, ...options });
    },
    expect,
    signal,
  };
  return {
    context,
    close: async () => {
      // A rollout that nobody waited for goes back to stable before the next scenario begins.
      ending.abort(new HarnessError('scenario-ended', { message: 'the scenario has ended' }));
      const cleanUp = await tearDown([
        { name: 'ending rollouts', timeoutMs: ROLLOUT_END_MS, run: () => Promise.allSettled(underWay) },
        ...opening.map((load) => ({ name: 'stopping a load', timeoutMs: LOAD_STOP_MS, run: () => stopped(load) })),
        { name: 'reverting faults', timeoutMs: FAULT_REVERT_MS, run: () => stack.faults.revertAll() },
      ]).catch((error: unknown) => error);
      const totals = loads.map((load) => load.ended()).filter((total) => total !== undefined);
      if (totals.length > 0) facts['requests'] = totalRequests(totals);
      const stories = alerts.stories();
      if (stories.length > 0) facts['alerts'] = stories;
      return {
        facts,
        cleanUp,
        fault: brokenFault(stack.faults.failures().slice(failuresBefore)),
        load: loadBehind(totals),
      };
    },
  };
}

/** The run, to whoever works for one scenario of it: that ends earlier. */
function endingWith(run: LiveRun, signal: AbortSignal): LiveRun {
  const { loaded, plan, folder, journal, seed, progress, ledgerPaths, stack, machine } = run;
  return {
    ...{ loaded, plan, folder, journal, seed, progress, ledgerPaths, stack, machine, signal },
    openLoad: (...args) => run.openLoad(...args),
    reconcile: () => run.reconcile(),
  };
}

function takenFact(name: string): HarnessError {
  return new HarnessError('fact-taken', {
    message: `the fact "${name}" is told by the harness`,
    hint: 'Give yours another name.',
  });
}

/** A mean of nothing, a share of none: no figure that a report could show. */
function noFigure(name: string, value: number, samples: number): HarnessError {
  return new HarnessError('check-inconclusive', {
    message: `${name} is ${value}, from ${samples} samples: nothing was measured`,
    facts: { name, value: String(value), samples },
  });
}

function noEdgeFaults(lack: string): HarnessError {
  return new HarnessError('capability-missing', {
    message: `this machine can put no fault on an edge: ${lack}`,
    hint: `${quotedCommand('doctor')} says what its kernel lacks.`,
  });
}

/** A name that the configuration does not have is told at once, and not as a fault without a target. */
function namedEdges(edges: Readonly<Record<string, Edge>>): Readonly<Record<string, Edge>> {
  return new Proxy(edges, {
    get: (known, name) => {
      if (typeof name !== 'string' || Object.hasOwn(known, name)) return Reflect.get(known, name) as unknown;
      throw new HarnessError('unknown-edge', {
        message: `the configuration declares no edge ${name}`,
        facts: { name, known: Object.keys(known) },
        hint: `Its edges are ${Object.keys(known).join(', ') || 'none'}; name it in \`edges\` of rollproof.config.ts.`,
      });
    },
  });
}

async function stopped(opening: Promise<OpenedLoad>): Promise<void> {
  // One that could not be opened has ended itself, and told whoever opened it.
  const load = await opening.catch(() => undefined);
  await load?.stop();
}

function remembering<Args extends readonly unknown[], Begun extends { ended(): Promise<unknown> }>(
  begin: (...args: Args) => Promise<Begun>,
  underWay: Promise<unknown>[],
): (...args: Args) => Promise<Begun> {
  return (...args) => {
    const begun = begin(...args);
    const ended = begun.then((rollout) => rollout.ended());
    // Whoever deploys is told; here it is only waited for.
    ended.catch(() => undefined);
    underWay.push(ended);
    return begun;
  };
}

/** What a scenario saw while a fault had ended unnoticed, or its own machinery was broken, proves nothing. */
export function brokenFault(failures: readonly HarnessError[]): HarnessError | undefined {
  const lapsed = failures.find((failure) => hasCode(failure, 'fault-lease-expired'));
  if (lapsed !== undefined || failures.length === 0) return lapsed;
  const latest = failures.at(-1);
  return new HarnessError('fault-broken', {
    message: `a fault broke while the scenario ran: ${errorMessage(latest)}`,
    facts: { failures: failures.length },
    cause: latest,
  });
}

/** The contract holds for every load, whichever expectations the scenario has. */
export function loadBehind(loads: readonly RequestTotals[]): HarnessError | undefined {
  return loads.map((totals) => findingError(keptUp(totals))).find((error) => error !== undefined);
}

/** Long enough for an alert at any compression that traffic allows to fire, and short enough to end by itself. */
const FAULT_LEASE_MS = 600_000;

function totalRequests(loads: readonly RequestTotals[]): RequestTotals {
  const sum = (key: 'sent' | 'ok' | 'failed' | 'lost' | 'late' | 'unsent') =>
    loads.reduce((total, load) => total + load[key], 0);
  return {
    sent: sum('sent'),
    ok: sum('ok'),
    failed: sum('failed'),
    lost: sum('lost'),
    late: sum('late'),
    unsent: sum('unsent'),
    ...reasonsOf(loads),
  };
}

/** Why requests of all loads failed, most frequent first. */
function reasonsOf(loads: readonly RequestTotals[]): Pick<RequestTotals, 'reasons'> {
  const counts = new TextCounts();
  for (const { reasons = {} } of loads)
    for (const [reason, count] of Object.entries(reasons)) counts.add(reason, count);
  const all = counts.all();
  return all.length === 0 ? {} : { reasons: Object.fromEntries(all) };
}

/** Without what was not given: it would stand in the way of a default. */
function given(options: { readonly [Key in keyof SteadyOptions]: SteadyOptions[Key] | undefined }): SteadyOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
