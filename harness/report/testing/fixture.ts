import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalLine } from '../../contract/observation';
import { firstAct, secondAct } from './fixture-rollouts';
import { beginRun, container, Simulation, type FixtureOptions } from './fixture-simulation';

function thirdAct(simulation: Simulation): void {
  const lengthS = Math.max(74, (simulation.options.actMs ?? 0) / 1000);
  const startMs = simulation.begin(
    'act-3',
    'a dead payments raises HighErrorRate, and it clears',
    'A person is woken by something to act on, and told when it is over.',
  );
  const second = (value: number) => startMs + value * 1000;
  const fault = { type: 'fault', fault: 'fault-2', kind: 'crash', target: 'payments' } as const;
  simulation.append({ ...fault, state: 'applied', detail: { what: 'payments was down', keepDown: true } }, second(8));
  simulation.append({ ...fault, state: 'proved', detail: { exitCode: 137 } }, second(8.3));
  simulation.append({ ...fault, state: 'reverted', detail: {} }, second(44));
  container(simulation, second(8), 'payments', 'died');
  container(simulation, second(44.1), 'payments', 'started');
  container(simulation, second(47), 'payments', 'healthy');
  const annotations = {
    summary: 'orders fails 41.2 % of its requests (limit 5 % for 5 minutes)',
    description: 'Users cannot check out. Look at the dependencies of orders first.',
    runbook_url: 'stack/runbooks/high-error-rate.md',
  };
  const told = { labels: { service: 'orders', severity: 'page', owner: 'acme' }, annotations, value: 0.412 };
  const alert = { type: 'alert', alert: 'HighErrorRate', ...told } as const;
  simulation.append({ ...alert, state: 'pending', happenedAtMs: second(9.8), value: 0.12 }, second(10.1));
  simulation.append({ ...alert, state: 'firing', happenedAtMs: second(33) }, second(33.1));
  simulation.append({ ...alert, state: 'notified', happenedAtMs: second(33.9) }, second(34));
  simulation.append({ ...alert, state: 'inactive', happenedAtMs: second(50) }, second(50.2));
  simulation.append({ ...alert, state: 'resolved', happenedAtMs: second(56) }, second(56.1));
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
    fired: true,
    meanRatio: 0.4,
    gaps: [],
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
  const pending = { pendingAtMs: second(9.8), lastPendingAtMs: second(31.8) };
  const fired = { firingAtMs: second(33), notifiedAtMs: second(33.9) };
  const over = { inactiveAtMs: second(50), resolvedAtMs: second(56) };
  const times = { ...pending, ...fired, ...over };
  const { summary } = annotations;
  simulation.end(startMs, {
    verdict: 'passed',
    facts: {
      requests,
      alerts: [{ name: 'HighErrorRate', ...told, ...times, summary, runbookExists: true }],
      reconciliation: {
        ...{ acknowledged: 3204, stored: 3204, missing: [], doubled: [], ok: true },
        ...{ orphanEffects: { charges: [] }, doubledEffects: { charges: [] } },
      },
    },
  });
}

/** The lines of a simulated run. The same options always make the same lines. */
export function fixtureLines(options: FixtureOptions = {}): JournalLine[] {
  const simulation = new Simulation(options);
  beginRun(simulation);
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
  simulation.append({ type: 'stack-down', project: 'rp-acme-4f2a', tookMs: 4200, kept: false });
  simulation.append({
    type: 'note',
    message: 'time compressed 12 ×',
    detail: { ratePerSecond: options.rate ?? 120, windowMs: 60_000 },
  });
  simulation.append({ type: 'run-finished', verdict: 'passed' });
  return simulation.lines.sort((a, b) => a.at - b.at);
}

/** Writes a journal into a run folder. */
export function writeFixture(directory: string, lines: readonly JournalLine[]): void {
  mkdirSync(join(directory, 'logs'), { recursive: true });
  writeFileSync(join(directory, 'journal.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(join(directory, 'logs', 'orders-r2.ndjson'), '{"level":"info","msg":"listening"}\n');
}
