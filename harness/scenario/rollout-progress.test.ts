import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { beginRollout } from '../delivery/controller';
import { hold } from '../delivery/steps/hold';
import { ready } from '../delivery/steps/ready';
import { start } from '../delivery/steps/start';
import { weight } from '../delivery/steps/weight';
import { canary } from '../delivery/strategies/canary';
import { inSteps } from '../delivery/strategies/in-steps';
import type { Strategy } from '../delivery/strategies/strategy';
import { FakeWorld } from '../delivery/testing/fake-world';
import { NO_TRAFFIC_SAID, tellingJournal } from './rollout-progress';

it('journals everything, and tells a person of the steps', async () => {
  const journal = new MemoryJournal();
  const told: string[] = [];
  const telling = tellingJournal(journal, { step: (message) => void told.push(message) });
  const about = { rollout: 'r', service: 'orders', strategy: 'canary', from: 'orders-r1', to: 'orders-r2', weight: 0 };
  telling.append({ type: 'rollout', ...about, state: 'Starting' });
  telling.append({ type: 'rollout', ...about, state: 'Shifting', reason: 'to 20 %' });
  const counts = { requests: 0, errors: 0, clientErrors: 0 };
  telling.append({
    ...{ type: 'judgement', rollout: 'r', weight: 20, outcome: 'hold', reason: 'no requests on the new revision yet' },
    ...{ canary: counts, stable: counts },
  });
  await new Promise(setImmediate);
  expect(journal.lines.map(({ type }) => type)).toEqual(['rollout', 'rollout', 'judgement']);
  expect(told).toEqual(['orders-r2 starts', 'orders-r2 gets its share of the traffic: to 20 %']);
});

describe('a rollout without traffic', () => {
  /** What is said when the judge looks once a second, and the front has seen so many requests at each look. */
  async function said(...requests: readonly number[]): Promise<string[]> {
    const told: string[] = [];
    let atMs = 0;
    const progress = { step: (message: string) => void told.push(message) };
    const telling = tellingJournal(new MemoryJournal(), progress, () => atMs);
    for (const count of requests) {
      const stable = { requests: count, errors: 0, clientErrors: 0 };
      const reason = 'no requests on the new revision yet';
      telling.append({
        ...{ type: 'judgement', rollout: 'r', weight: 20, outcome: 'hold', reason, stable },
        canary: { ...stable, requests: 0 },
      });
      atMs += 1_000;
    }
    await new Promise(setImmediate);
    return told.filter((one) => one === NO_TRAFFIC_SAID);
  }

  it('says once what is lacking', async () => {
    expect(await said(...Array<number>(30).fill(0))).toHaveLength(1);
  });

  it('says nothing of it while stable has requests, or had none for a moment', async () => {
    expect(await said(...Array<number>(30).fill(7))).toEqual([]);
    expect(await said(0, 0, 0, 0, 5, 5, 5)).toEqual([]);
  });
});

describe('the last line of a rollout', () => {
  async function lastTold(image: string, strategy: Strategy): Promise<string | undefined> {
    const told: string[] = [];
    const journal = tellingJournal(new MemoryJournal(), { step: (message) => void told.push(message) });
    const world = new FakeWorld({ seed: 'told', journal, behaviours: { 'errors:2': { errorRatio: 0.2 } } });
    const rollout = await beginRollout({ service: 'orders', image, strategy }, world.ports());
    await rollout.ended();
    await new Promise(setImmediate);
    return told.at(-1);
  }

  const quick = { riseToDetect: 0.1, minReadyMs: 0, bakeMs: 0 };
  const held = inSteps({ steps: [start(), ready(), weight({ percent: 20 }), hold({ forMs: 1_000 })], ...quick });

  it.each([
    ['errors:2', held, /^held as asked: orders-r2 stayed at 20 % for \d+ s, then orders-r1 got everything back$/],
    [
      'errors:2',
      canary({ steps: [20, 100], ...quick }),
      /^rolled back: orders-r2 failed .* orders-r1 serves everything$/,
    ],
    ['good:2', canary({ steps: [20, 100], ...quick }), /^promoted: orders-r2 serves everything$/],
  ])('says how %s ended, as its result does', async (image, strategy, said) => {
    expect(await lastTold(image, strategy)).toMatch(said);
  });
});
