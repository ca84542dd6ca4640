import { describe, expect, it } from '@jest/globals';
import { carts } from './cart';

const ITEMS = [{ productId: 'tea-pot', quantity: 2 }];
const cookieOf = (header: Readonly<Record<string, string>>) => `theme=dark; ${header['set-cookie']?.split(';')[0]}`;

describe('a cart in a cookie', () => {
  const good = carts('good');
  const next = carts('cookie-format');

  it('is read by who wrote it, and is empty without one', () => {
    expect(good.of(cookieOf(good.header(ITEMS)))).toEqual(ITEMS);
    expect(good.of(undefined)).toEqual([]);
    expect(good.of('theme=dark')).toEqual([]);
  });

  it('of cookie-format is read by itself, which reads the old one too; the old one refuses it', () => {
    const written = cookieOf(next.header(ITEMS));
    expect(next.of(written)).toEqual(ITEMS);
    expect(next.of(cookieOf(good.header(ITEMS)))).toEqual(ITEMS);
    expect(() => good.of(written)).toThrow(expect.objectContaining({ status: 400, code: 'cart-unreadable' }));
  });
});
