import { describe, expect, it } from '@jest/globals';
import type { Queries } from '../kit/database';
import { orderColumns } from './columns';
import { ledger } from './ledger';

describe('the columns of an order', () => {
  it('of new-status are known to itself, which knows the old ones too; the old one refuses them', () => {
    const [good, next] = [orderColumns('good'), orderColumns('new-status')];
    expect(good.status?.parse(good.written['status'])).toBe('paid');
    expect(next.status?.parse(good.written['status'])).toBe('paid');
    expect(next.status?.parse(next.written['status'])).toBe('packing');
    expect(() => good.status?.parse(next.written['status'])).toThrow();
  });

  it.each([
    ['good', ['status'], ['paid'], true],
    ['writes-channel', ['status', 'channel'], ['paid', 'web'], true],
    ['without-status', [], [], false],
  ] as const)('of %s are those that it writes and reads', async (name, columns, values, isStatusRead) => {
    const asked: { text: string; values: unknown[] }[] = [];
    const query = async (question: { text: string; values: unknown[] }) => {
      asked.push(question);
      return [{ id: 'o-1', status: 'paid' }];
    };
    const own = ledger({ query } as unknown as Queries, orderColumns(name));
    await own.store({ id: 'o-1', key: 'k-1', items: [], amountCents: 1 });
    await own.find('o-1');
    const written = ['id', 'idempotency_key', 'items', 'amount_cents', ...columns];
    expect(asked[0]?.text).toContain(`INSERT INTO orders (${written.join(', ')})`);
    expect(asked[0]?.values.slice(5)).toEqual(values);
    expect(asked[1]?.text.includes('status')).toBe(isStatusRead);
  });
});
