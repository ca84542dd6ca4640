import type { AlertFacts } from '../../contract/alert-facts';
import type { RolloutResult } from '../../contract/rollout-result';
import { container, judge, roll, STRATEGY, type Simulation } from './fixture-simulation';

/** A good release while a dependency is slow. */
export function firstAct(simulation: Simulation): void {
  const lengthS = Math.max(46, (simulation.options.actMs ?? 0) / 1000);
  const startMs = simulation.begin(
    'act-1',
    'a good orders is promoted while payments → bank is slow',
    'A healthy release must not be blamed for a slow dependency.',
  );
  const fault = { type: 'fault', fault: 'fault-1', kind: 'latency', target: 'payments→bank' } as const;
  simulation.append(
    { ...fault, state: 'applied', detail: { what: 'payments → bank was 200 ms slow', delayMs: 200, jitterMs: 0 } },
    startMs + 6000,
  );
  simulation.append({ ...fault, state: 'proved', detail: { measuredMs: 200.2, samples: 20 } }, startMs + 7400);
  const felt = { felt: 420, of: 420, unit: 'answers' };
  simulation.append({ ...fault, state: 'reverted', detail: { felt } }, startMs + (lengthS - 4) * 1000);
  container(simulation, startMs + 8200, 'orders-r2', 'started');
  container(simulation, startMs + 11_000, 'orders-r2', 'healthy');
  roll(simulation, startMs, { id: 'rollout-1', from: 'orders-r1', to: 'orders-r2' }, [
    ...([
      [8, 'Pending', 0],
      [8.1, 'Preflight', 0],
      [8.2, 'Starting', 0],
      [10.2, 'Readying', 0],
      [11.4, 'Shifting', 0, 'to 20 %'],
      [11.5, 'Analyzing', 20],
    ] as const),
    ...([
      [20.1, 'Shifting', 20, 'to 50 %'],
      [20.2, 'Analyzing', 50],
      [28.4, 'Shifting', 50, 'to 100 %'],
    ] as const),
    ...([
      [28.5, 'Promoted', 100],
      [28.6, 'Baking', 100],
      [34.1, 'Retiring', 100],
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
    rollout: {
      ...{
        rollout: id,
        service: 'orders',
        strategy: STRATEGY,
        outcome: 'promoted',
        from: 'orders-r1',
        to: 'orders-r2',
      },
      ...{ startedAtMs: startMs + 8000, endedAtMs: startMs + 39_100, weightsReached: [20, 50, 100], judgements: 4 },
      samples: {
        from: { requests: 2100, errors: 0, clientErrors: 0 },
        to: { requests: 1300, errors: 0, clientErrors: 0 },
      },
    },
    facts: {
      requests,
      exclusiveTimeMs: {
        'payments → bank': { before: 3.1, after: 203.5 },
        'orders → payments': { before: 4.4, after: 4.9 },
        'gateway → orders': { before: 2.2, after: 2.4 },
        'orders → inventory': { before: 3.9, after: 3.6 },
      },
    },
  });
}

const REJECTED = 'more errors than stable: 11 of 52 failed against 0 of 208 (p = 2.1e-7 < 2.1e-4, look 4)';

/** A bad release that is rolled back, or (failing) is not. */
export function secondAct(simulation: Simulation): void {
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
    [3.9, 'Pending', 0],
    [4, 'Preflight', 0],
    [4.1, 'Starting', 0],
    [6.4, 'Readying', 0],
    [7.4, 'Shifting', 0, 'to 20 %'],
    [7.5, 'Analyzing', 20],
  ] as const;
  const ending = failing
    ? ([
        [12, 'Shifting', 20, 'to 100 %'],
        [12.1, 'Promoted', 100],
        [12.2, 'Baking', 100],
        [17, 'Retiring', 100],
        [18, 'Succeeded', 100],
      ] as const)
    : ([
        [9.7, 'Aborting', 20, REJECTED],
        [9.705, 'RollingBack', 0, REJECTED],
        [12.2, 'RolledBack', 0, REJECTED],
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
    reason: REJECTED,
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
  const alerts = briefAlert(simulation, startMs);
  simulation.atMs = startMs + lengthS * 1000;
  simulation.append({
    type: 'alert-evidence',
    alert: 'HighErrorRate',
    peakOverThreshold: 1.31,
    pendingOverFor: 0.14,
    compression: 12,
    samples: 96,
    fired: false,
    meanRatio: 0.03,
    gaps: [],
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
  simulation.end(startMs, {
    verdict: failing ? 'failed' : 'passed',
    ...(failing ? { reason: 'orders-r3 was promoted although it failed one request in five' } : {}),
    rollout: failing ? promoted(id, startMs) : rolledBack(id, startMs),
    facts: { requests, alerts },
  });
}

function known(id: string, startMs: number) {
  return {
    ...{ rollout: id, service: 'orders', strategy: STRATEGY, from: 'orders-r2', to: 'orders-r3' },
    startedAtMs: startMs + 3900,
    judgements: 2,
  };
}

function promoted(id: string, startMs: number): RolloutResult {
  return {
    ...known(id, startMs),
    outcome: 'promoted',
    endedAtMs: startMs + 18_000,
    weightsReached: [20, 100],
    samples: {
      from: { requests: 420, errors: 0, clientErrors: 0 },
      to: { requests: 680, errors: 136, clientErrors: 0 },
    },
  };
}

function rolledBack(id: string, startMs: number): RolloutResult {
  return {
    ...known(id, startMs),
    ...{ outcome: 'rolled-back', reason: REJECTED, cause: 'release-rejected' },
    endedAtMs: startMs + 12_200,
    weightsReached: [20],
    samples: { from: { requests: 620, errors: 0, clientErrors: 0 }, to: { requests: 52, errors: 11, clientErrors: 0 } },
    firstBadResponseAtMs: startMs + 7800,
    decidedAtMs: startMs + 9700,
    lastStartOnBadAtMs: startMs + 9706,
    switchMs: 6,
    rolledBackAtMs: startMs + 9900,
  };
}

/** Pending, and gone before it could fire. */
function briefAlert(simulation: Simulation, startMs: number): AlertFacts[] {
  const labels = { service: 'orders', severity: 'page', owner: 'acme' };
  const annotations = { summary: 'orders fails 6.6 % of its requests (limit 5 % for 5 minutes)' };
  const [pendingAtMs, inactiveAtMs] = [startMs + 9000, startMs + 12_400];
  const line = { type: 'alert', alert: 'HighErrorRate', labels, value: 0.066, annotations } as const;
  simulation.append({ ...line, state: 'pending', happenedAtMs: pendingAtMs }, pendingAtMs + 200);
  simulation.append({ ...line, state: 'inactive', happenedAtMs: inactiveAtMs }, inactiveAtMs + 100);
  const times = { pendingAtMs, lastPendingAtMs: startMs + 11_200, inactiveAtMs };
  return [{ name: 'HighErrorRate', labels, annotations, ...annotations, value: 0.066, ...times, runbookExists: true }];
}
