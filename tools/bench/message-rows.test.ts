import { expect, it } from '@jest/globals';
import { messageRows } from './message-rows';
import { missesBar } from './row';

const missed = (...[sent, tally]: Parameters<typeof messageRows>) =>
  messageRows(sent, tally)
    .filter(missesBar)
    .map(({ name, value }) => [name, value]);

const clean = { waiting: 0, done: 99, dead: 1, lost: 0, doubled: 0 };

it('is content when each message is done with one effect, or given up', () => {
  expect(missed(100, clean)).toEqual([]);
});

it('tells messages that had their effect twice as doubled, and not as lost', () => {
  expect(missed(100, { ...clean, doubled: 3 })).toEqual([['with their effect more than once', 3]]);
});

it('counts as lost what is done without its effect, and what is in no state at all', () => {
  expect(missed(100, { ...clean, lost: 2 })).toEqual([['lost: done without their effect, or gone', 2]]);
  expect(missed(104, clean)).toEqual([['lost: done without their effect, or gone', 4]]);
});

it('finds what was left undone', () => {
  expect(missed(100, { ...clean, waiting: 5, done: 94 })).toEqual([['not done', 5]]);
});
