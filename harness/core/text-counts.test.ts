import { expect, it } from '@jest/globals';
import { TextCounts } from './text-counts';

it('counts texts, most frequent first, and those that are one too many together', () => {
  const counts = new TextCounts(2);
  for (const text of ['a', 'b', 'b', 'c', 'd', 'b', 'e']) counts.add(text);
  expect(counts.all()).toEqual([
    ['b', 3],
    ['others', 3],
    ['a', 1],
  ]);
});
