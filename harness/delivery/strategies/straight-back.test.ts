import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import { deploy, type DeployRequest } from '../controller';
import { settled } from '../revisions/revision';
import { FakeWorld, type FakeWorldOptions } from '../testing/fake-world';
import { blueGreen } from './blue-green';
import { canary } from './canary';
import { recreate } from './recreate';
import { rolling } from './rolling';
import { shadow } from './shadow';
import { straightBack } from './straight-back';
import type { Strategy } from './strategy';

const BRIEF = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 60_000 };
const PAUSED = canary({ ...BRIEF, steps: [5, { weight: 20, pauseMs: 60_000 }, 100], beforePromotion: 'smoke' });
const STRATEGIES = {
  canary: PAUSED,
  'blue-green': blueGreen({ ...BRIEF, previewMs: 60_000 }),
  recreate: recreate(BRIEF),
  shadow: shadow({ ...BRIEF, copies: 50 }),
  rolling: rolling({ ...BRIEF, maxSurge: 1, maxUnavailable: 0 }),
};
const kinds = ({ steps }: Strategy) => steps.map(({ kind }) => kind);

describe('a strategy on the way back to what was stable before', () => {
  it('switches at once, keeps its hooks, and looks a little whether that is worse', () => {
    const { strategy, skipped } = straightBack(PAUSED);
    expect(kinds(strategy)).toEqual(['start', 'ready', 'weight', 'recheck', 'hook', 'accept', 'retire']);
    expect(strategy.steps[2]?.options).toEqual({ percent: 100 });
    expect(strategy.steps[3]?.options).toEqual({ forMs: 5_000 });
    expect(strategy.name).toBe('canary 5→20→100 %, straight back');
    expect(skipped).toEqual([
      '5 % of the traffic',
      'judge it against stable',
      '20 % of the traffic',
      'hold for 60000 ms',
      'judge it against stable',
      'bake, with stable kept warm',
    ]);
  });

  it('never looks for longer than the bake would have', () => {
    const { strategy } = straightBack(canary({ ...BRIEF, steps: [100], bakeMs: 1_000 }));
    expect(strategy.steps.find(({ kind }) => kind === 'recheck')?.options).toEqual({ forMs: 1_000 });
  });

  it('keeps what changes the world in another way', () => {
    expect(kinds(straightBack(STRATEGIES.recreate).strategy)).toEqual([
      ...['vacate', 'start', 'ready', 'weight', 'recheck', 'accept', 'retire'],
    ]);
    const { steps } = straightBack(STRATEGIES.rolling).strategy;
    expect(steps[0]).toMatchObject({ kind: 'roll', options: { maxSurge: 1, maxUnavailable: 0, isJudged: false } });
    expect(steps[0]?.says).not.toContain('judged');
  });

  it('is what it was where it does not end there', () => {
    const held = canary({ ...BRIEF, steps: [20], holdMs: 1_000 });
    expect(straightBack(held)).toEqual({ strategy: held, skipped: [] });
  });
});

function world(options: Partial<FakeWorldOptions> = {}) {
  const journal = new MemoryJournal();
  return { fake: new FakeWorld({ seed: 'straight-back', journal, ...options }), journal };
}

/** The steps that ran, in order, as the journal has them. */
function stepsRun(lines: readonly JournalLine[], rollout: string): string[] {
  return lines.flatMap((line) => {
    const isStep = line.type === 'action' && line.rollout === rollout && line.phase === 'result';
    return isStep && 'step' in line.detail ? [line.action] : [];
  });
}

const FIRST = canary({ steps: [100], riseToDetect: 0.1, minReadyMs: 500, bakeMs: 1_000 });

/** Promotes good:2, as if it were what has to go, and goes back from it. */
async function back(
  strategy: Strategy,
  {
    options = {},
    then = () => undefined,
    ...more
  }: {
    readonly options?: Partial<FakeWorldOptions>;
    readonly then?: (fake: FakeWorld) => void;
  } & Partial<DeployRequest> = {},
) {
  const { fake, journal } = world(options);
  await deploy({ service: 'orders', image: 'good:2', strategy: FIRST }, fake.ports());
  then(fake);
  const startedMs = fake.nowMs;
  const result = await deploy({ service: 'orders', undo: 'last-good', strategy, ...more }, fake.ports());
  return { fake, journal, result, tookMs: fake.nowMs - startedMs, ran: stepsRun(journal.lines, result.rollout) };
}

describe('an undo', () => {
  it.each(Object.entries(STRATEGIES))(
    'by %s goes straight back to what was stable, without a loss',
    async (kind, strategy) => {
      const replicas = kind === 'rolling' ? 3 : 1;
      const { fake, result, ran, tookMs } = await back(strategy, { options: { replicas } });
      expect(result).toMatchObject({ outcome: 'promoted', from: 'orders-r2', to: 'orders-r3' });
      expect(ran).toEqual(kinds(straightBack(strategy).strategy));
      expect(ran).not.toContain('judge');
      expect(tookMs).toBeLessThan(15_000);
      if (kind !== 'recreate') expect(fake.lost).toBe(0);
      expect(fake.store.stable('orders')).toMatchObject({ label: 'orders-r3', image: 'good:1' });
    },
  );

  it('waits for nobody’s traffic', async () => {
    const { result, tookMs } = await back(PAUSED, { then: (fake) => (fake.ratePerSecond = 0) });
    expect(result.outcome).toBe('promoted');
    expect(tookMs).toBeLessThan(15_000);
  });

  it('comes back where what was good is worse by now, and not for what fails both', async () => {
    const worse = await back(STRATEGIES['blue-green'], {
      options: { behaviours: { 'good:1': { errorRatio: 0 } } },
      then: (fake) => Object.assign(fake.options.behaviours ?? {}, { 'good:1': { errorRatio: 0.5 } }),
    });
    expect(worse.result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
    expect(worse.fake.share('orders-r2')).toBe(100);
    const both = await back(STRATEGIES['blue-green'], { then: (fake) => (fake.dependencyErrorRatio = 0.3) });
    expect(both.result.outcome).toBe('promoted');
  });

  it('comes back where requests hang on it', async () => {
    const { result } = await back(canary({ ...BRIEF, steps: [100], inconclusiveMs: 20_000 }), {
      options: { behaviours: {} },
      then: (fake) => Object.assign(fake.options.behaviours ?? {}, { 'good:1': { hangRatio: 1, hangMs: 60_000 } }),
    });
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toContain('requests hang');
  });

  it('comes back where it dies', async () => {
    const { result } = await back(STRATEGIES['blue-green'], {
      options: { behaviours: {} },
      then: (fake) => Object.assign(fake.options.behaviours ?? {}, { 'good:1': { diesAfterMs: 1_000 } }),
    });
    expect(result.outcome).toBe('rolled-back');
  });

  it('takes every step where it is told to, and to what never was stable', async () => {
    const strategy = canary({ ...BRIEF, steps: [50, 100], bakeMs: 2_000 });
    const told = await back(strategy, { allSteps: true });
    expect(told.ran).toEqual(kinds(strategy));
    const { fake, journal } = world();
    await deploy({ service: 'orders', image: 'good:2', strategy: FIRST }, fake.ports());
    const [first] = fake.store.list('orders');
    if (first === undefined) throw new Error('no first revision');
    fake.store.put(settled(first, 'failed'));
    const result = await deploy({ service: 'orders', undo: 1, strategy }, fake.ports());
    expect(stepsRun(journal.lines, result.rollout)).toEqual(kinds(strategy));
  });
});
