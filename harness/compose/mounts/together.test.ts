import { expect, it } from '@jest/globals';
import { together } from './together';

it('gives what each gave, in order', async () => {
  expect(await together([3, 1, 2], async (one) => one * 2)).toEqual([6, 2, 4]);
});

it('throws the first error when all have ended, and not before', async () => {
  const order: string[] = [];
  const late = Promise.resolve().then(() => Promise.resolve());
  const all = together(['fails', 'goes on'], async (one) => {
    if (one === 'fails') throw new Error(one);
    await late;
    order.push(one);
  });
  await expect(all).rejects.toThrow('fails');
  expect(order).toEqual(['goes on']);
});
