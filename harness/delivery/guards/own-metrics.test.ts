import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { HarnessError } from '../../core/errors';
import { deploy } from '../controller';
import { FakeWorld } from '../testing/fake-world';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';

const QUICK = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000, inconclusiveMs: 60_000 };
const QUERY = 'sum(rate(payments_refused_total{revision="{{revision}}"}[1m]))';
const LIMIT = { name: 'refused', query: QUERY, limit: 0.1 };
const TIMES = { name: 'refused', query: QUERY, timesStable: 2 };

function world(promql: (query: string, fake: FakeWorld) => readonly number[]) {
  const journal = new MemoryJournal();
  const fake = new FakeWorld({ seed: 'metrics', journal });
  fake.promql = (query) => promql(query, fake);
  return { fake, journal };
}

const request = (metrics: readonly (typeof LIMIT | typeof TIMES)[], more = {}) => ({
  service: 'orders',
  image: 'good:2',
  strategy: canary({ ...QUICK, steps: [20, 50, 100], metrics: [...metrics], ...more }),
});

const byRevision = (stable: number, candidate: number) => (query: string) => [
  query.includes('"orders-r2"') ? candidate : stable,
];

describe('own metrics', () => {
  it('take a release back that is over a limit, or over stable by too much, and say by how much', async () => {
    for (const [limit, against] of [
      [LIMIT, 'limit 0.1'],
      [TIMES, "2 × stable's 0.1"],
    ] as const) {
      const { fake } = world(byRevision(0.1, 0.31));
      const result = await deploy(request([limit]), fake.ports());
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [20] });
      expect(result.reason).toBe(`over its limit: the metric refused is 0.31 on orders-r2 against ${against}`);
    }
  });

  it('let a release pass that is within, and tell the figures', async () => {
    const { fake, journal } = world(byRevision(0.05, 0.09));
    expect(await deploy(request([LIMIT, TIMES]), fake.ports())).toMatchObject({ outcome: 'promoted' });
    const promotions = journal.lines.flatMap((line) =>
      line.type === 'judgement' && line.outcome === 'promote' ? [line.reason] : [],
    );
    expect(promotions).toHaveLength(3);
    for (const reason of promotions)
      expect(reason).toContain('the metric refused is 0.09 on orders-r2 against limit 0.1');
  });

  it('are held against what stable was last, once it has no traffic', async () => {
    const of = (candidate: number) =>
      world((query, fake) => {
        if (query.includes('"orders-r2"')) return fake.share('orders-r2') === 100 ? [candidate] : [0.1];
        return fake.share('orders-r1') === 0 ? [Number.NaN] : [0.1];
      }).fake;
    const strategy = blueGreen({ ...QUICK, metrics: [TIMES] });
    expect(await deploy({ ...request([]), strategy }, of(0.15).ports())).toMatchObject({ outcome: 'promoted' });
    expect(await deploy({ ...request([]), strategy }, of(0.3).ports())).toMatchObject({ outcome: 'rolled-back' });
  });

  it.each([
    ['nothing', () => []],
    ['no number', () => [Number.NaN]],
    ['several', () => [0.01, 0.02]],
  ])('that give %s are inconclusive: held, then given up', async (_what, promql) => {
    const { fake } = world(promql);
    const result = await deploy(request([LIMIT]), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [20] });
    expect(result.reason).toMatch(/^inconclusive after 60 s: the metric refused is silent: the query gives/);
  });

  it('fall silent with their Prometheus, and one that comes back is heard again', async () => {
    const { fake } = world(byRevision(0.05, 0.05));
    fake.everySlice = () => {
      if (fake.share('orders-r2') < 20) return;
      fake.isPrometheusGone = true;
      const goneAtMs = fake.nowMs;
      fake.everySlice = () => {
        if (fake.nowMs - goneAtMs < 30_000) return;
        expect(fake.share('orders-r2')).toBe(20);
        fake.isPrometheusGone = false;
        fake.everySlice = undefined;
      };
    };
    expect(await deploy(request([LIMIT]), fake.ports())).toMatchObject({ outcome: 'promoted' });
  });

  it('forgive what is over for less than `forMs`', async () => {
    const spike = (forMs: number) => {
      let sinceMs: number | undefined;
      return world((query, fake) => {
        if (!query.includes('"orders-r2"') || fake.share('orders-r2') === 0) return [0.01];
        sinceMs ??= fake.nowMs;
        return [fake.nowMs - sinceMs < forMs ? 0.5 : 0.01];
      }).fake;
    };
    const patient = [{ ...LIMIT, forMs: 10_000 }];
    expect(await deploy(request(patient), spike(5_000).ports())).toMatchObject({ outcome: 'promoted' });
    expect(await deploy(request(patient), spike(60_000).ports())).toMatchObject({ outcome: 'rolled-back' });
  });

  it('refuse the start where a query is none, and where nothing can be asked', async () => {
    const { fake } = world(() => {
      throw new HarnessError('observability-bad-answer', { message: 'parse error' });
    });
    await expect(deploy(request([LIMIT]), fake.ports())).rejects.toMatchObject({ code: 'config-invalid' });
    const { promql: _none, ...without } = fake.ports();
    await expect(deploy(request([LIMIT]), without)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(fake.store.list('orders')).toHaveLength(1);
    expect(() => request([{ name: 'refused', query: 'up' } as typeof LIMIT])).toThrow(/name a `limit`/);
    expect(() => request([{ ...TIMES, query: 'up' }])).toThrow(/needs \{\{revision\}\}/);
  });
});
