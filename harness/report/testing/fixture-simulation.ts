import type { ScenarioFacts } from '../../contract/lines/scenario';
import type { RequestTotals } from '../../contract/request-totals';
import type { RolloutResult } from '../../contract/rollout-result';
import type { JournalLine, Observation, TrafficCounts } from '../../contract/observation';
import { seededRandom, type Random } from '../../core/random';

/** What a made-up run looks like. */
export interface FixtureOptions {
  readonly seed?: string;
  /** Requests per second. Default 120. */
  readonly rate?: number;
  /** The second act fails: the bad release is promoted. */
  readonly failing?: boolean;
  /** Stretches every act to at least this, ms. */
  readonly actMs?: number;
  /** Seconds of the first act in which the load's windows are missing. */
  readonly gapS?: { readonly from: number; readonly to: number };
}

type Requests = Omit<RequestTotals, 'bound'>;

export const STRATEGY = 'canary 20→50→100 %';

const START_MS = Date.parse('2026-11-23T03:15:00.000Z');
const WINDOW_MS = 1000;

interface Shape {
  readonly errorRatio: number;
  readonly p50: number;
}

/** Writes a simulated run of three acts (good release while slow, bad release, dead dependency) as a journal of its own. */
export class Simulation {
  readonly lines: JournalLine[] = [];
  readonly #random: Random;
  atMs = START_MS;
  #scenario: string | undefined;

  constructor(readonly options: FixtureOptions) {
    this.#random = seededRandom(options.seed ?? 'fixture');
  }

  append(observation: Observation, atMs = this.atMs): void {
    const scenario = this.#scenario === undefined ? {} : { scenario: this.#scenario };
    this.lines.push({ at: atMs, ...scenario, ...observation });
  }

  around(value: number, spread: number): number {
    return Math.max(0, value * (1 + (this.#random.next() - 0.5) * 2 * spread));
  }

  begin(id: string, title: string, hypothesis: string): number {
    this.#scenario = id;
    this.append({ type: 'scenario-started', phase: 'flagship', title, hypothesis });
    return this.atMs;
  }

  end(
    startMs: number,
    result: { verdict: 'passed' | 'failed'; reason?: string; facts: ScenarioFacts; rollout?: RolloutResult },
  ): void {
    const { rollout, ...ending } = result;
    if (rollout !== undefined) this.append({ type: 'rollout-ended', ...rollout });
    this.append({ type: 'scenario-finished', durationMs: this.atMs - startMs, ...ending });
    this.#scenario = undefined;
    this.atMs += 1500;
  }

  /** One second of load after another; `weightAt` is the new revision's share of `orders`. */
  load(
    lengthS: number,
    shapeAt: (second: number) => Shape,
    orders: { readonly stable: string; readonly next?: string; readonly weightAt: (second: number) => number },
  ): Requests {
    const totals = { sent: 0, ok: 0, failed: 0, lost: 0, late: 0, unsent: 0 };
    for (let second = 0; second < lengthS; second += 1) {
      const startMs = this.atMs + second * WINDOW_MS;
      const shape = shapeAt(second);
      const sent = Math.round(this.around(this.options.rate ?? 120, 0.06));
      const lost = shape.errorRatio === 0 ? 0 : Math.round(this.around(sent * shape.errorRatio, 0.3));
      const missing = this.options.gapS !== undefined && this.#scenario === 'act-1';
      if (missing && second >= (this.options.gapS?.from ?? 0) && second < (this.options.gapS?.to ?? 0)) continue;
      totals.sent += sent;
      totals.lost += lost;
      totals.ok += sent - lost;
      const p50 = this.around(shape.p50, 0.12);
      this.append(
        {
          ...{ type: 'load-window', load: 'mix', startMs, lengthMs: WINDOW_MS },
          ...{ sent, ok: sent - lost, failed: 0, lost, late: 0 },
          ...{
            latencyMsP50: p50,
            latencyMsP95: p50 * this.around(2.1, 0.15),
            latencyMsP99: p50 * this.around(3.4, 0.35),
          },
        },
        startMs + WINDOW_MS,
      );
      const share = orders.weightAt(second) / 100;
      const revisions: Record<string, TrafficCounts> = {
        [orders.stable]: {
          requests: Math.round(sent * (1 - share)),
          errors: share === 0 || share === 1 ? lost : 0,
          clientErrors: 0,
        },
        ...(orders.next === undefined || share === 0
          ? {}
          : { [orders.next]: { requests: Math.round(sent * share), errors: lost, clientErrors: 0 } }),
      };
      this.append(
        { type: 'traffic-window', service: 'orders', startMs, lengthMs: WINDOW_MS, revisions },
        startMs + WINDOW_MS,
      );
    }
    return totals;
  }
}

export function beginRun(simulation: Simulation): void {
  const versions = { rollproof: '0.1.0', node: '24.11.0', engine: '26.1.5', compose: '2.26.1', haproxy: '3.0.11' };
  const seed = simulation.options.seed ?? 'fixture';
  simulation.append({
    type: 'run-started',
    run: '20261123-031500-4f2a',
    title: 'flagship',
    seed,
    versions,
    rerun: `npm start -- --seed ${seed}`,
    alerts: [{ alert: 'HighErrorRate', quantity: 'error-ratio', limit: 0.05, of: ['gateway', 'orders'] }],
  });
  simulation.append({
    type: 'skipped-capability',
    capability: 'netem',
    reason: 'the kernel has no sch_netem; the agent delays in user space',
  });
  simulation.atMs += 18_400;
  const names = [
    'gateway',
    'orders',
    'inventory',
    'payments',
    'bank',
    'postgres',
    'prometheus',
    'alertmanager',
    'jaeger',
  ];
  const image = (name: string) => ({
    image: `rollproof/${name}:good`,
    imageId: `sha256:${name
      .padEnd(8, '0')
      .replace(/[^a-f0-9]/g, '7')
      .repeat(8)}`,
    source: 'mirror build',
  });
  const images = Object.fromEntries(names.map((name) => [name, image(name)]));
  for (const service of names) {
    const container = `rp-acme-4f2a-${service}${service === 'orders' ? '-r1' : ''}-1`;
    simulation.append({ type: 'health', service, container, state: 'started' }, simulation.atMs - 6000);
    simulation.append({ type: 'health', service, container, state: 'healthy' }, simulation.atMs - 1200);
  }
  simulation.append({
    type: 'stack-up',
    project: 'rp-acme-4f2a',
    tookMs: 17_300,
    urls: { gateway: 'http://127.0.0.1:32801' },
    images,
  });
}

/** The steps of a rollout that the journal knows: seconds, state, weight, reason. */
type Steps = readonly (readonly [number, Extract<Observation, { type: 'rollout' }>['state'], number, string?])[];

export function roll(
  simulation: Simulation,
  startMs: number,
  names: { id: string; from: string; to: string },
  steps: Steps,
): void {
  for (const [second, state, weight, reason] of steps) {
    const known = { rollout: names.id, service: 'orders', strategy: STRATEGY, from: names.from, to: names.to };
    simulation.append(
      { type: 'rollout', ...known, state, weight, ...(reason === undefined ? {} : { reason }) },
      startMs + second * 1000,
    );
  }
}

export function judge(
  simulation: Simulation,
  atMs: number,
  own: {
    id: string;
    outcome: 'hold' | 'promote' | 'abort';
    weight: number;
    errors: number;
    reason: string;
    seconds: number;
  },
): void {
  const total = own.seconds * (simulation.options.rate ?? 120);
  const requests = Math.round((total * own.weight) / 100);
  simulation.append(
    {
      ...{ type: 'judgement', rollout: own.id, outcome: own.outcome, reason: own.reason, weight: own.weight },
      canary: { requests, errors: own.errors, clientErrors: 0 },
      stable: { requests: total - requests, errors: 0, clientErrors: 0 },
      errorPValue: own.errors > 5 ? 2.1e-7 : 1,
      latencyPValue: 0.42,
      latencyShiftMs: 1.3,
      power: own.outcome === 'hold' ? 0.61 : 0.97,
    },
    atMs,
  );
}

export function container(
  simulation: Simulation,
  atMs: number,
  name: string,
  state: Extract<Observation, { type: 'health' }>['state'],
): void {
  simulation.append(
    { type: 'health', service: name.replace(/-r\d+$/, ''), container: `rp-acme-4f2a-${name}-1`, state },
    atMs,
  );
}
