import { expect, it } from '@jest/globals';
import { orderStatuses } from './status';

it('of new-status is known to itself, which knows the old one too; the old one refuses it', () => {
  const [good, next] = [orderStatuses('good'), orderStatuses('new-status')];
  expect(good.known.parse(good.first)).toBe('paid');
  expect(next.known.parse(good.first)).toBe('paid');
  expect(next.known.parse(next.first)).toBe('packing');
  expect(() => good.known.parse(next.first)).toThrow();
});
