import { expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { tellingJournal } from './rollout-progress';

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
