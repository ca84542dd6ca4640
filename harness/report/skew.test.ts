import { expect, it } from '@jest/globals';
import type { JournalLine, LineOf } from '../contract/observation';
import { buildModel } from './model';
import { renderPage } from './page/page';
import { skewViews } from './skew';

const AT_MS = 1_000_000;
const SCENARIO = 'skew-1';

const right = (write: string, read: string) => ({ write, read, is: 'right' as const });
const line = (name: string, more: Partial<LineOf<'skew'>>): LineOf<'skew'> => ({
  ...{ at: AT_MS + 100, type: 'skew', scenario: SCENARIO, rollout: 'orders-r2-1', name, outcome: 'right' },
  trials: [right('orders-r1', 'orders-r1'), right('orders-r2', 'orders-r2')],
  ...more,
});

const WRONG = line('order', {
  outcome: 'wrong',
  reason: 'orders-r1 does not understand what orders-r2 left behind: look: status 502',
  trials: [
    right('orders-r1', 'orders-r1'),
    { write: 'orders-r2', read: 'orders-r1', is: 'wrong', request: 'look', reason: 'status 502' },
  ],
});

function pageOf(...skews: readonly LineOf<'skew'>[]): string {
  const about = { rollout: 'orders-r2-1', service: 'orders', strategy: 'canary', from: 'orders-r1', to: 'orders-r2' };
  const lines: JournalLine[] = [
    { at: AT_MS - 10, type: 'run-started', run: 'r', title: 'a run', seed: 's', rerun: 'again', versions: {} },
    { at: AT_MS, type: 'scenario-started', scenario: SCENARIO, phase: 'skew', title: 'left behind' },
    { at: AT_MS + 50, type: 'rollout', scenario: SCENARIO, ...about, state: 'Analyzing', weight: 0 },
    ...skews,
    {
      ...{ at: AT_MS + 900, type: 'scenario-finished', scenario: SCENARIO, verdict: 'passed' },
      ...{ durationMs: 900, facts: {} },
    },
  ];
  return renderPage(buildModel({ lines, unreadable: [] }, 'run'), []).replace(/\s+/g, ' ');
}

it('names what the other does not understand, with what each of them answered', () => {
  const page = pageOf(line('cart', {}), WRONG, WRONG);
  expect(page).toContain('What orders-r1 and orders-r2 left behind for each other');
  expect(page).toContain('order: orders-r1 does not understand what orders-r2 left behind: look: status 502');
  expect(page).toMatch(/orders-r2<\/td> *<td[^>]*>orders-r1<\/td> *<td[^>]*>wrong: look: status 502/);
  expect(page).toContain('tried again before it was believed');
});

it('says that all was understood where nothing was found, and tells of none where none was tried', () => {
  const page = pageOf(line('cart', {}), line('order', {}));
  expect(page).toContain('2 kinds of it tried, and none found that the other does not understand');
  expect(page).not.toContain('tried again');
  expect(pageOf()).not.toContain('left behind for each other');
});

it('says of what was probed and not read that nobody knows who answered', () => {
  const unseen = { write: 'orders-r1', read: 'orders-r1', is: 'unseen' as const, request: 'look', reason: 'no id' };
  const page = pageOf(line('order', { outcome: 'inconclusive', reason: 'look no id', trials: [unseen] }));
  expect(page).toContain('nothing concluded');
  expect(page).toContain('not read: look: no id');
});

it('believes what was tried last, and puts what is wrong first', () => {
  const once = line('order', { outcome: 'inconclusive', reason: 'not yet' });
  expect(skewViews([line('cart', {}), once, WRONG])).toMatchObject([
    { name: 'order', outcome: 'wrong', times: 2 },
    { name: 'cart', outcome: 'right', times: 1 },
  ]);
});

it('escapes what a service answered', () => {
  expect(pageOf(line('order', { outcome: 'wrong', reason: '<script>alert(1)</script>' }))).not.toContain('<script>al');
});
