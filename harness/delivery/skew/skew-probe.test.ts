import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { deploy } from '../controller';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import { recreate } from '../strategies/recreate';
import { rolling } from '../strategies/rolling';
import type { Strategy } from '../strategies/strategy';
import { firstRevision } from '../revisions/revision';
import { FakeWorld, fakeSpec, type FakeSequence, type FakeWorldOptions } from '../testing/fake-world';

const BRIEF = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000, inconclusiveMs: 60_000 };
const STRATEGIES = {
  canary: canary({ ...BRIEF, steps: [20, 50, 100] }),
  'blue-green': blueGreen(BRIEF),
  rolling: rolling({ ...BRIEF, maxSurge: 1, maxUnavailable: 0 }),
};
const OLD = 'good:1';
const NEW = 'good:2';
const WRONG = { is: 'wrong', request: 'look', reason: 'unknown status "packed"' } as const;

const leavesBehind: FakeSequence = ({ write, read }) => (write === NEW && read === OLD ? WRONG : undefined);

function skewLines({ lines }: MemoryJournal) {
  return lines.flatMap((line) => (line.type === 'skew' ? [line] : []));
}

async function release(options: Partial<FakeWorldOptions>, strategy: Strategy = STRATEGIES.canary) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'skew', journal, ...options });
  const result = await deploy({ service: 'orders', image: NEW, strategy }, world.ports());
  return { world, result, journal, lines: skewLines(journal) };
}

describe('what one revision leaves behind for the other', () => {
  it.each(Object.entries(STRATEGIES))(
    'is refused before it has a user, by %s, with name and reason',
    async (_, strategy) => {
      const { world, result } = await release({ skew: { status: leavesBehind } }, strategy);
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-skewed', weightsReached: [] });
      expect(result.reason).toContain(
        'skew "status": orders-r1 does not understand what orders-r2 left behind: look: unknown status "packed"',
      );
      expect(world.share('orders-r1')).toBe(100);
      expect(world.lost).toBe(0);
    },
  );

  it.each(Object.entries(STRATEGIES))('does not hold a good release up, by %s', async (_, strategy) => {
    const { world, result, lines } = await release({ skew: { status: () => undefined } }, strategy);
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(result.reason).toBeUndefined();
    expect(lines.map(({ outcome }) => outcome)).not.toContain('wrong');
    expect(lines.at(-1)?.trials).toHaveLength(4);
    expect(world.lost).toBe(0);
  });

  it('is tried again before the point of no return: what N+1 wrote under load may be what N cannot read', async () => {
    const late: FakeSequence = (asked) => (asked.nowMs > 1_010_000 ? leavesBehind(asked) : undefined);
    const { result } = await release({ skew: { status: late } });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-skewed', weightsReached: [20, 50, 100] });
  });

  it('names a schema that the old revision cannot live with', async () => {
    // As if a migration had run once the new revision was there.
    const broken: FakeSequence = ({ read, nowMs }) => (read === OLD && nowMs > 1_000_500 ? WRONG : undefined);
    const { result, lines } = await release({ skew: { checkout: broken } });
    expect(lines.at(-1)?.trials).toHaveLength(2);
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [] });
    expect(result.reason).toContain('orders-r1, right before, answers wrongly since orders-r2 came');
  });

  it('lets pass what mends what was wrong before, and says what was left out', async () => {
    const { result } = await release({ skew: { status: ({ read }) => (read === OLD ? WRONG : undefined) } });
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(result.reason).toContain('skew "status" was left out');
  });

  it('is not blamed for what fails for both for a while', async () => {
    const outage: FakeSequence = ({ nowMs }) => (nowMs > 1_000_500 && nowMs < 1_010_000 ? WRONG : undefined);
    const { result, lines } = await release({ skew: { status: outage } });
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(lines.map(({ outcome }) => outcome)).toContain('inconclusive');
  });

  it('is not blamed for what comes and goes for both, and is there when stable is asked last', async () => {
    let asked = 0;
    const flapping: FakeSequence = ({ write, read, nowMs }) => {
      if (nowMs <= 1_000_500 || nowMs >= 1_010_000) return undefined;
      if (write !== OLD || read !== OLD) return WRONG;
      asked += 1;
      return asked <= 3 ? undefined : WRONG;
    };
    const { result, lines } = await release({ skew: { status: flapping } });
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(lines.map(({ outcome }) => outcome)).toContain('inconclusive');
  });

  it('is inconclusive when both fail for too long', async () => {
    const outage: FakeSequence = ({ nowMs }) => (nowMs > 1_000_500 ? WRONG : undefined);
    const { result } = await release({ skew: { status: outage } });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [] });
  });

  it('is believed only when it is seen twice', async () => {
    let times = 0;
    const once: FakeSequence = (asked) => (leavesBehind(asked) !== undefined && (times += 1) === 1 ? WRONG : undefined);
    const { result, lines } = await release({ skew: { status: once } });
    expect(result.outcome).toBe('promoted');
    expect(lines.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(1);
  });

  it('refuses to begin where no request is seen: it would prove nothing', async () => {
    const unseen: FakeSequence = () => ({
      is: 'unseen',
      request: 'look',
      reason: 'was not seen by the front of orders',
    });
    const { world, result } = await release({ skew: { status: unseen } });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [] });
    expect(world.containers.get('orders-r2')).toBeUndefined();
  });

  it('is not asked about when it is told not to be, nor on the way back', async () => {
    const told = await release({ skew: { status: leavesBehind } }, canary({ ...BRIEF, steps: [50, 100], skew: false }));
    expect(told.result.outcome).toBe('promoted');
    const back = await deploy({ service: 'orders', undo: 1, strategy: STRATEGIES.canary }, told.world.ports());
    expect(back.outcome).toBe('promoted');
    expect(skewLines(told.journal)).toEqual([]);
  });

  it.each([
    ['wrong', true, 'rolled-back'],
    ['right', true, 'promoted'],
    // It was taken back while the request was on its way.
    ['wrong', false, 'promoted'],
  ] as const)('with a candidate of another service, that is %s while it serves: %s, is %s', async (is, serves, end) => {
    const world = new FakeWorld({ seed: 'skew', journal: new MemoryJournal(), skew: { order: () => undefined } });
    const { skew, revisions, ...ports } = world.ports();
    if (skew === undefined) throw new Error('the world has a skew');
    const other = firstRevision('inventory', fakeSpec(OLD));
    let asked = 0;
    const result = await deploy(
      { service: 'orders', image: NEW, strategy: STRATEGIES.canary },
      {
        ...ports,
        managed: { ...ports.managed, inventory: { port: 8080, readiness: '/' } },
        revisions: {
          ...revisions,
          unfinished: (service) => (service === 'inventory' ? [other] : revisions.unfinished(service)),
        },
        usable: async (revision) => (revision.service === 'inventory' ? serves || asked === 0 : ports.usable(revision)),
        skew: {
          ...skew,
          passes: () => ['orders', 'inventory'],
          attempt: async (name, revisionsAsked, signal) => {
            if (revisionsAsked.beside === undefined) return skew.attempt(name, revisionsAsked, signal);
            asked += 1;
            return { is, request: 'checkout', reason: 'status 502' };
          },
        },
      },
    );
    expect(asked).toBeGreaterThan(0);
    expect(result.outcome).toBe(end);
    if (end === 'rolled-back')
      expect(result.reason).toContain('orders-r2 and inventory-r1 do not understand each other: checkout: status 502');
  });

  it('is measured only where both never run at once', async () => {
    const { result, lines } = await release({ skew: { status: leavesBehind } }, recreate(BRIEF));
    expect(result.outcome).toBe('promoted');
    expect(lines.every(({ trials }) => trials.length === 1)).toBe(true);
  });
});
