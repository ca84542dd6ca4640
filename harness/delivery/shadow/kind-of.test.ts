import { describe, expect, it } from '@jest/globals';
import { keyInPath, kindOf } from './kind-of';

describe('the kind of a request', () => {
  it.each([
    ['/orders/17', 'GET /orders/{id}'],
    ['/orders/o-17f/items', 'GET /orders/{id}/items'],
    ['/v1/orders/9b2f0c1e-8d1a-4f6f-9b1a-000000000000?full=1', 'GET /v1/orders/{id}'],
    ['/orders', 'GET /orders'],
    ['/', 'GET /'],
  ])('of %s is %s', (path, kind) => {
    expect(kindOf({ method: 'GET', path })).toBe(kind);
  });

  it('has one path for what a map holds by id', () => {
    expect([keyInPath('total'), keyInPath('o-17'), keyInPath('line1'), keyInPath('a b')]).toEqual([
      '.total',
      '.o-17',
      '.line1',
      '["a b"]',
    ]);
    expect([keyInPath('o-1234'), keyInPath('17')]).toEqual(['.{id}', '.{id}']);
  });
});
