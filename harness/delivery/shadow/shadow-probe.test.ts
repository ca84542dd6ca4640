import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { beginRollout, deploy } from '../controller';
import { blueGreen } from '../strategies/blue-green';
import { shadow } from '../strategies/shadow';
import type { Strategy } from '../strategies/strategy';
import { FakeWorld, type Behaviour, type FakeWorldOptions } from '../testing/fake-world';

const BRIEF = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000, inconclusiveMs: 60_000 };
const SHADOW = shadow({ ...BRIEF, steps: [20, 100] });
const JSON_TYPE = { 'content-type': 'application/json' };

const body = (change: (id: string) => Record<string, unknown>): Behaviour => ({
  answers: ({ path }, draw) => {
    const id = path.split('/').at(-1) ?? '';
    return { headers: JSON_TYPE, body: JSON.stringify({ id, total: 12.5, at: draw(), ...change(id) }) };
  },
});

function shadowLines({ lines }: MemoryJournal) {
  return lines.flatMap((line) => (line.type === 'shadow' ? [line] : []));
}

async function release(candidate: Behaviour, options: Partial<FakeWorldOptions> = {}, strategy: Strategy = SHADOW) {
  const journal = new MemoryJournal();
  const behaviours = { 'new:2': candidate };
  const world = new FakeWorld({ seed: 'shadow', journal, behaviours, ...options });
  const result = await deploy({ service: 'orders', image: 'new:2', strategy }, world.ports());
  return { world, result, line: shadowLines(journal).at(-1), lines: shadowLines(journal) };
}

describe('copies of what users read', () => {
  it.each([
    [
      'a type',
      body(() => ({ total: '12.5' })),
      'GET /orders/{id}: $.total is a string in orders-r2, a number in orders-r1',
    ],
    [
      'a renamed field',
      body(() => ({ total: undefined, sum: 1 })),
      '$.total is missing in orders-r2, a number in orders-r1',
    ],
    ['a value', body(() => ({ total: 12 })), '$.total is 12 in orders-r2, 12.5 in orders-r1'],
    [
      'a status',
      { answers: () => ({ status: 404 }) },
      'GET /orders/{id}: status 404 in orders-r2, status 200 in orders-r1',
    ],
    ['failures', { errorRatio: 0.3 }, 'GET /orders/{id}: status 500 in orders-r2, status 200 in orders-r1'],
  ])('take a release back that has no user yet, for %s', async (_, candidate, reason) => {
    const { world, result, line, lines } = await release(candidate);
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-differs', weightsReached: [] });
    expect(result.samples.to.requests).toBe(0);
    expect(result.reason).toContain(reason);
    expect(line).toMatchObject({ outcome: 'different' });
    expect(line?.reason).toContain(reason);
    expect(lines).toHaveLength(1);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.lost).toBe(0);
  });

  it('find what one request in a hundred has differently, by asking it again', async () => {
    const { result, line } = await release(body((id) => (id.endsWith('77') ? { total: 'free' } : {})));
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-differs', weightsReached: [] });
    expect(result.reason).toContain('$.total is a string in orders-r2, a number in orders-r1 (12 of 12 copies)');
    expect(line?.copies).toBe(100);
  });

  it('take back what is slower, and nothing for a cold start', async () => {
    const slow = await release({ latencyMs: 60 });
    expect(slow.result).toMatchObject({ outcome: 'rolled-back', cause: 'release-differs', weightsReached: [] });
    expect(slow.result.reason).toMatch(/copies took [\d.]+ ms in orders-r2, [\d.]+ ms in orders-r1/);
    let asked = 0;
    const cold = await release({ answers: () => ((asked += 1) <= 25 ? { latencyMs: 900 } : {}) });
    expect(cold.result).toMatchObject({ outcome: 'promoted' });
    // Of ten seconds the last seven and a half.
    expect(cold.line?.latency?.windows).toBeLessThanOrEqual(7);
  });

  it('let the same image pass, whatever the seed, and say what differs by itself', async () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const { world, result, line } = await release({}, { seed });
      expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [20, 100] });
      expect(line).toMatchObject({ outcome: 'same', copies: 100, differences: [] });
      expect(line?.kinds[0]?.noise.map(({ what }) => what)).toEqual(['$.at']);
      expect(world.lost).toBe(0);
    }
  });

  it('let pass what stable does by itself as often', async () => {
    const flaky: Behaviour = { errorRatio: 0.3 };
    const { line } = await release(flaky, { behaviours: { 'good:1': flaky, 'new:2': flaky } });
    expect(line).toMatchObject({ outcome: 'same' });
  });

  it('let pass what is meant to differ', async () => {
    const strategy = shadow({ ...BRIEF, steps: [20, 100], accept: ['$.total'] });
    const { result } = await release(
      body(() => ({ total: '12.5' })),
      {},
      strategy,
    );
    expect(result).toMatchObject({ outcome: 'promoted' });
  });

  it('come before any strategy, which goes on by its own settings', async () => {
    const strategy = shadow({ copies: 20, then: blueGreen(BRIEF) });
    const { result, world } = await release({}, {}, strategy);
    expect(result).toMatchObject({
      outcome: 'promoted',
      strategy: 'shadow of 20 requests, blue-green',
      weightsReached: [100],
    });
    // Each twice by stable, once by the new revision.
    const of = (label: string) => world.copied.filter((copy) => copy === `GET ${label}`).length;
    expect([of('orders-r1'), of('orders-r2')]).toEqual([2 * of('orders-r2'), of('orders-r2')]);
    expect(of('orders-r2')).toBeGreaterThanOrEqual(20);
    expect(of('orders-r2')).toBeLessThanOrEqual(20 + 8 * 12);
  });

  it('are inconclusive where users send too few, and say what they sent', async () => {
    const { result, line } = await release({}, { ratePerSecond: 0 });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [] });
    expect(result.reason).toContain('0 of 100 copies were compared; users sent 0 requests that read and 0 others');
    expect(line).toMatchObject({ outcome: 'inconclusive', copies: 0 });
  });

  it('end at once when somebody promotes, and when somebody aborts', async () => {
    for (const act of ['promote', 'abort'] as const) {
      const journal = new MemoryJournal();
      const world = new FakeWorld({ seed: 'shadow', journal });
      const rollout = await beginRollout({ service: 'orders', image: 'good:2', strategy: SHADOW }, world.ports());
      const append = journal.append.bind(journal);
      journal.append = (one, options) => {
        append(one, options);
        if (one.type !== 'rollout' || one.reason?.includes('copies') !== true) return;
        if (act === 'promote') rollout.promote();
        else void rollout.abort('the wrong image');
      };
      expect(await rollout.ended()).toMatchObject({ outcome: act === 'promote' ? 'promoted' : 'aborted' });
      expect(shadowLines(journal)).toMatchObject([{ outcome: 'inconclusive' }]);
    }
  });
});
