import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalLine, Observation, TrafficCounts } from '../core/events';
import { seededRandom, type Random } from '../core/random';

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

const START_MS = Date.parse('2026-11-23T03:15:00.000Z');
const WINDOW_MS = 1000;

interface Shape {
  readonly errorRatio: number;
  readonly p50: number;
}

/** Writes a simulated run of three acts (good release while slow, bad release, dead dependency) as a journal of its own. */
class Simulation {
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
    result: { verdict: 'passed' | 'failed'; reason?: string; facts: Record<string, unknown> },
  ): void {
    this.append({ type: 'scenario-finished', durationMs: this.atMs - startMs, ...result });
    this.#scenario = undefined;
    this.atMs += 1500;
  }

  /** One second of load after another; `weightAt` is the new revision's share of `orders`. */
  load(
    lengthS: number,
    shapeAt: (second: number) => Shape,
    orders: { readonly stable: string; readonly next?: string; readonly weightAt: (second: number) => number },
  ): { sent: number; ok: number; failed: number; lost: number } {
    const totals = { sent: 0, ok: 0, failed: 0, lost: 0 };
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
        [orders.stable]: { requests: Math.round(sent * (1 - share)), errors: share === 0 || share === 1 ? lost : 0 },
        ...(orders.next === undefined || share === 0
          ? {}
          : { [orders.next]: { requests: Math.round(sent * share), errors: lost } }),
      };
      this.append(
        { type: 'traffic-window', service: 'orders', startMs, lengthMs: WINDOW_MS, revisions },
        startMs + WINDOW_MS,
      );
    }
    return totals;
  }
}

function begin(simulation: Simulation): void {
  const versions = { rollproof: '0.1.0', node: '24.11.0', engine: '26.1.5', compose: '2.26.1', haproxy: '3.0.11' };
  const seed = simulation.options.seed ?? 'fixture';
  simulation.append({
    type: 'run-started',
    run: '20261123-031500-4f2a',
    title: 'flagship',
    seed,
    versions,
    rerun: `npm start -- --seed ${seed}`,
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
    const container = `rp-shop-4f2a-${service}${service === 'orders' ? '-r1' : ''}-1`;
    simulation.append({ type: 'health', service, container, state: 'started' }, simulation.atMs - 6000);
    simulation.append({ type: 'health', service, container, state: 'healthy' }, simulation.atMs - 1200);
  }
  simulation.append({
    type: 'stack-up',
    project: 'rp-shop-4f2a',
    tookMs: 17_300,
    urls: { gateway: 'http://127.0.0.1:32801' },
    images,
  });
}

/** The steps of a rollout that the journal knows: seconds, state, weight, reason. */
type Steps = readonly (readonly [number, Extract<Observation, { type: 'rollout' }>['state'], number, string?])[];

function roll(
  simulation: Simulation,
  startMs: number,
  names: { id: string; from: string; to: string },
  steps: Steps,
): void {
  for (const [second, state, weight, reason] of steps) {
    const known = { rollout: names.id, service: 'orders', strategy: 'canary', from: names.from, to: names.to };
    simulation.append(
      { type: 'rollout', ...known, state, weight, ...(reason === undefined ? {} : { reason }) },
      startMs + second * 1000,
    );
  }
}

function judge(
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
      canary: { requests, errors: own.errors },
      stable: { requests: total - requests, errors: 0 },
      errorPValue: own.errors > 5 ? 2.1e-7 : 1,
      latencyPValue: 0.42,
      latencyShiftMs: 1.3,
      power: own.outcome === 'hold' ? 0.61 : 0.97,
    },
    atMs,
  );
}

function container(
  simulation: Simulation,
  atMs: number,
  name: string,
  state: Extract<Observation, { type: 'health' }>['state'],
): void {
  simulation.append(
    { type: 'health', service: name.replace(/-r\d+$/, ''), container: `rp-shop-4f2a-${name}-1`, state },
    atMs,
  );
}

function firstAct(simulation: Simulation): void {
  const lengthS = Math.max(46, (simulation.options.actMs ?? 0) / 1000);
  const startMs = simulation.begin(
    'act-1',
    'a good orders is promoted while payments → bank is slow',
    'A healthy release must not be blamed for a slow dependency.',
  );
  const fault = { type: 'fault', fault: 'fault-1', kind: 'latency', target: 'payments→bank' } as const;
  simulation.append({ ...fault, state: 'applied', detail: { delayMs: 200, jitterMs: 0 } }, startMs + 6000);
  simulation.append({ ...fault, state: 'proved', detail: { measuredMs: 200.2, samples: 20 } }, startMs + 7400);
  simulation.append({ ...fault, state: 'reverted', detail: {} }, startMs + (lengthS - 4) * 1000);
  container(simulation, startMs + 8200, 'orders-r2', 'started');
  container(simulation, startMs + 11_000, 'orders-r2', 'healthy');
  roll(simulation, startMs, { id: 'rollout-1', from: 'orders-r1', to: 'orders-r2' }, [
    ...([
      [8, 'Preflight', 0],
      [8.2, 'Starting', 0],
      [10.2, 'Readying', 0],
      [11.4, 'Shifting', 20],
      [11.5, 'Analyzing', 20],
    ] as const),
    ...([
      [20.1, 'Shifting', 50],
      [20.2, 'Analyzing', 50],
      [28.4, 'Shifting', 100],
      [28.5, 'Analyzing', 100],
    ] as const),
    ...([
      [34, 'Promoted', 100],
      [34.1, 'Baking', 100],
      [38, 'Retiring', 100],
      [39.1, 'Succeeded', 100],
    ] as const),
  ]);
  const id = 'rollout-1';
  judge(simulation, startMs + 15_000, {
    id,
    outcome: 'hold',
    weight: 20,
    errors: 0,
    seconds: 4,
    reason: 'power 61 % to see a 10-point rise, 80 % needed',
  });
  judge(simulation, startMs + 20_000, {
    id,
    outcome: 'promote',
    weight: 20,
    errors: 0,
    seconds: 9,
    reason: 'no difference, with the power to have seen one',
  });
  judge(simulation, startMs + 28_300, {
    id,
    outcome: 'promote',
    weight: 50,
    errors: 0,
    seconds: 8,
    reason: 'no difference, with the power to have seen one',
  });
  judge(simulation, startMs + 34_000, {
    id,
    outcome: 'promote',
    weight: 100,
    errors: 0,
    seconds: 5,
    reason: 'no errors at full weight',
  });
  container(simulation, startMs + 38_900, 'orders-r1', 'died');
  container(simulation, startMs + 39_000, 'orders-r1', 'stopped');
  const requests = simulation.load(
    lengthS,
    (second) => ({ errorRatio: 0, p50: second > 5 && second < lengthS - 4 ? 118 : 14 }),
    {
      stable: 'orders-r1',
      next: 'orders-r2',
      weightAt: (second) => (second < 12 ? 0 : second < 20 ? 20 : second < 28 ? 50 : 100),
    },
  );
  simulation.atMs = startMs + lengthS * 1000;
  const check = { type: 'check', verdict: 'passed', samples: requests.sent, windowMs: lengthS * 1000 } as const;
  simulation.append({
    ...check,
    name: 'no request is lost',
    observed: `0 lost of ${requests.sent} sent`,
    expected: 'at most 0 lost',
  });
  simulation.append({
    ...check,
    name: 'exclusive time grows on payments → bank',
    observed: '200.4 ms',
    expected: '200 ± 10 ms',
    samples: 212,
  });
  simulation.end(startMs, {
    verdict: 'passed',
    facts: {
      requests,
      rollout: {
        strategy: 'canary',
        outcome: 'promoted',
        from: 'orders-r1',
        to: 'orders-r2',
        weightsReached: [20, 50, 100],
      },
      exclusiveTimeMs: {
        'payments → bank': { before: 3.1, after: 203.5 },
        'orders → payments': { before: 4.4, after: 4.9 },
        'gateway → orders': { before: 2.2, after: 2.4 },
        'orders → inventory': { before: 3.9, after: 3.6 },
      },
    },
  });
}

function secondAct(simulation: Simulation): void {
  const failing = simulation.options.failing === true;
  const lengthS = Math.max(24, (simulation.options.actMs ?? 0) / 1000);
  const startMs = simulation.begin(
    'act-2',
    'a bad orders is caught and rolled back',
    'A release that answers 500 to one request in five must not outlive its first step.',
  );
  container(simulation, startMs + 4100, 'orders-r3', 'started');
  container(simulation, startMs + 7000, 'orders-r3', 'healthy');
  const id = 'rollout-2';
  const starting = [
    [4, 'Preflight', 0],
    [4.1, 'Starting', 0],
    [6.4, 'Readying', 0],
    [7.4, 'Shifting', 20],
    [7.5, 'Analyzing', 20],
  ] as const;
  const ending = failing
    ? ([
        [12, 'Shifting', 100],
        [12.1, 'Promoted', 100],
        [18, 'Succeeded', 100],
      ] as const)
    : ([
        [9.7, 'Aborting', 20, 'errors 11 of 52 against 0 of 208'],
        [9.705, 'RollingBack', 0],
        [9.9, 'RolledBack', 0],
      ] as const);
  roll(simulation, startMs, { id, from: 'orders-r2', to: 'orders-r3' }, [...starting, ...ending]);
  judge(simulation, startMs + 8600, {
    id,
    outcome: 'hold',
    weight: 20,
    errors: 3,
    seconds: 1,
    reason: 'p 0.008, the limit at this look is 0.001',
  });
  judge(simulation, startMs + 9700, {
    id,
    outcome: failing ? 'promote' : 'abort',
    weight: 20,
    errors: 11,
    seconds: 2,
    reason: 'candidate errors 21.2 % against 0 % of stable, p 2.1e-7',
  });
  if (!failing) {
    container(simulation, startMs + 12_000, 'orders-r3', 'died');
    container(simulation, startMs + 12_100, 'orders-r3', 'stopped');
  }
  const bad = (second: number) => second >= 7 && (failing || second < 10);
  const requests = simulation.load(
    lengthS,
    (second) => ({ errorRatio: bad(second) ? (failing && second > 11 ? 0.2 : 0.04) : 0, p50: 14 }),
    {
      stable: 'orders-r2',
      next: 'orders-r3',
      weightAt: (second) => (bad(second) ? (failing && second > 11 ? 100 : 20) : 0),
    },
  );
  const labels = { service: 'orders', severity: 'page', owner: 'shop' };
  simulation.append(
    { type: 'alert', alert: 'HighErrorRate', labels, state: 'pending', happenedAtMs: startMs + 9000 },
    startMs + 9200,
  );
  simulation.append({ type: 'alert', alert: 'HighErrorRate', labels, state: 'inactive' }, startMs + 12_500);
  simulation.atMs = startMs + lengthS * 1000;
  simulation.append({
    type: 'alert-evidence',
    alert: 'HighErrorRate',
    peakOverThreshold: 1.31,
    pendingOverFor: 0.14,
    compression: 12,
    samples: 96,
  });
  simulation.append({
    type: 'check',
    name: 'orders-r3 is rolled back to orders-r2',
    verdict: failing ? 'failed' : 'passed',
    observed: failing
      ? 'promoted (orders-r2 → orders-r3)'
      : 'rolled back after 2,100 ms, last request started 6 ms after the decision',
    expected: 'rolled back to orders-r2 within 5000 ms',
  });
  const rollout = failing
    ? { strategy: 'canary', outcome: 'promoted', from: 'orders-r2', to: 'orders-r3', weightsReached: [20, 100] }
    : {
        strategy: 'canary',
        outcome: 'rolled-back',
        from: 'orders-r2',
        to: 'orders-r3',
        weightsReached: [20],
        switchMs: 6,
        firstBadToRolledBackMs: 2100,
      };
  simulation.end(startMs, {
    verdict: failing ? 'failed' : 'passed',
    ...(failing ? { reason: 'orders-r3 was promoted although it failed one request in five' } : {}),
    facts: { requests, rollout, alerts: [] },
  });
}

function thirdAct(simulation: Simulation): void {
  const lengthS = Math.max(74, (simulation.options.actMs ?? 0) / 1000);
  const startMs = simulation.begin(
    'act-3',
    'a dead payments raises HighErrorRate, and it clears',
    'A person is woken by something to act on, and told when it is over.',
  );
  const second = (value: number) => startMs + value * 1000;
  const fault = { type: 'fault', fault: 'fault-2', kind: 'crash', target: 'payments' } as const;
  simulation.append({ ...fault, state: 'applied', detail: { keepDown: true } }, second(8));
  simulation.append({ ...fault, state: 'proved', detail: { exitCode: 137 } }, second(8.3));
  simulation.append({ ...fault, state: 'reverted', detail: {} }, second(44));
  container(simulation, second(8), 'payments', 'died');
  container(simulation, second(44.1), 'payments', 'started');
  container(simulation, second(47), 'payments', 'healthy');
  const alert = {
    type: 'alert',
    alert: 'HighErrorRate',
    labels: { service: 'orders', severity: 'page', owner: 'shop' },
  } as const;
  const annotations = {
    summary: 'orders fails 41.2 % of its requests (limit 5 % for 5 minutes)',
    description: 'Users cannot check out. Look at the dependencies of orders first.',
    runbook_url: 'stack/runbooks/high-error-rate.md',
  };
  simulation.append({ ...alert, state: 'pending', happenedAtMs: second(9.8) }, second(10.1));
  simulation.append({ ...alert, state: 'firing', happenedAtMs: second(9.8), value: 0.412 }, second(33));
  simulation.append({ ...alert, state: 'notified', happenedAtMs: second(33.9), annotations }, second(34));
  simulation.append({ ...alert, state: 'inactive' }, second(50.2));
  simulation.append({ ...alert, state: 'resolved', annotations }, second(56));
  const requests = simulation.load(
    lengthS,
    (at) => ({ errorRatio: at >= 8 && at < 46 ? 0.4 : 0, p50: at >= 8 && at < 46 ? 9 : 14 }),
    {
      stable: 'orders-r2',
      weightAt: () => 0,
    },
  );
  simulation.atMs = second(lengthS);
  simulation.append({
    type: 'alert-evidence',
    alert: 'HighErrorRate',
    peakOverThreshold: 8.6,
    pendingOverFor: 1,
    compression: 12,
    samples: 288,
  });
  const check = { type: 'check', verdict: 'passed' } as const;
  simulation.append({
    ...check,
    name: 'HighErrorRate goes pending, fires and reaches the pager',
    observed: 'pending, firing, notified',
    expected: 'pending, firing, notified',
  });
  simulation.append({
    ...check,
    name: 'HighErrorRate resolves',
    observed: 'resolved 23 s after it fired',
    expected: 'the pager hears that it resolved',
  });
  simulation.append({
    ...check,
    name: 'what was acknowledged is stored once',
    observed: '3,204 acknowledged, 3,204 stored; 0 missing, 0 doubled',
    expected: '0 missing, 0 doubled',
    samples: 3204,
  });
  const alerts = [
    {
      name: 'HighErrorRate',
      pendingAt: second(9.8),
      firingAt: second(33),
      notifiedAt: second(33.9),
      resolvedAt: second(56),
    },
  ];
  simulation.end(startMs, {
    verdict: 'passed',
    facts: { requests, alerts, reconciliation: { acknowledged: 3204, stored: 3204, missing: 0, doubled: 0 } },
  });
}

/** The lines of a simulated run. The same options always make the same lines. */
export function fixtureLines(options: FixtureOptions = {}): JournalLine[] {
  const simulation = new Simulation(options);
  begin(simulation);
  firstAct(simulation);
  secondAct(simulation);
  thirdAct(simulation);
  const measure = { type: 'measurement', window: 'the run' } as const;
  simulation.append({
    ...measure,
    name: 'decision → last request started on the bad revision',
    value: 6,
    unit: 'ms',
    limit: 25,
    samples: 1,
  });
  simulation.append({
    ...measure,
    name: 'injected latency, error of the median',
    value: 0.21,
    unit: 'ms',
    limit: 0.5,
    samples: 212,
  });
  simulation.append({
    ...measure,
    name: 'warm up, against plain compose',
    value: 1.31,
    unit: '×',
    limit: 1.25,
    samples: 3,
  });
  simulation.append({ type: 'stack-down', project: 'rp-shop-4f2a', tookMs: 4200, kept: false });
  simulation.append({
    type: 'note',
    message: 'time compressed 12 ×',
    detail: { ratePerSecond: options.rate ?? 120, windowMs: 60_000 },
  });
  simulation.append({ type: 'run-finished', verdict: options.failing === true ? 'failed' : 'passed' });
  return simulation.lines.sort((a, b) => a.at - b.at);
}

/** Writes a journal into a run folder. */
export function writeFixture(directory: string, lines: readonly JournalLine[]): void {
  mkdirSync(join(directory, 'logs'), { recursive: true });
  writeFileSync(join(directory, 'journal.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(join(directory, 'logs', 'orders-r2.ndjson'), '{"level":"info","msg":"listening"}\n');
}
