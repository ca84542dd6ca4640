import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../core/random';
import type { CopyAnswer } from '../../front/copy-text';
import { Comparison, differenceText } from './compare';

const LABELS = { from: 'orders-r3', to: 'orders-r4' };
const KIND = 'GET /orders/{id}';
const LEVEL = 0.005;
const random = seededRandom('compare');

function json(value: unknown, more: Partial<CopyAnswer> = {}): CopyAnswer {
  const body = Buffer.from(JSON.stringify(value)).toString('latin1');
  return { status: 200, headers: { 'content-type': 'application/json' }, body, ...more };
}

/** So many copies, with what stable answers and what the new revision does. */
function compared(
  from: () => CopyAnswer | undefined,
  to: () => CopyAnswer | undefined,
  { copies = 12, accept = [] as readonly string[] } = {},
) {
  const comparison = new Comparison(accept);
  const suspects = Array.from({ length: copies }, () => comparison.add(KIND, { from: [from(), from()], to: to() }));
  const differences = comparison.differences(LEVEL).map((difference) => differenceText(difference, LABELS));
  return { differences, suspects: [...new Set(suspects.flat())], kinds: comparison.kinds() };
}

const ORDER = { id: 'o-1', total: 12.5, state: 'paid', tags: ['a', 'b'], items: [{ sku: 'x', price: 1 }] };
const order = (change: Record<string, unknown> = {}) => json({ ...ORDER, ...change });

describe('what differs', () => {
  it.each([
    ['a type', { total: '12.5' }, '$.total is a string in orders-r4, a number in orders-r3'],
    ['a value', { state: 'PAID' }, '$.state is "PAID" in orders-r4, "paid" in orders-r3'],
    ['a missing field', { total: undefined }, '$.total is missing in orders-r4, a number in orders-r3'],
    ['null', { total: null }, '$.total is null in orders-r4, a number in orders-r3'],
    ['an object in the place of a list', { items: {} }, '$.items is an object in orders-r4, an array in orders-r3'],
    ['a shorter list', { tags: ['a'] }, '$.tags is an array of 1 in orders-r4, an array of 2 in orders-r3'],
    ['the order of a list', { tags: ['b', 'a'] }, 'the order of $.tags: 2 1 in orders-r4, 1 2 in orders-r3'],
    [
      'a field of an element',
      { items: [{ sku: 'x', price: '1' }] },
      '$.items[].price is a string in orders-r4, a number in orders-r3',
    ],
  ])('is named with its path and both: %s', (_, change, said) => {
    expect(compared(order, () => order(change)).differences).toContain(`${KIND}: ${said} (12 of 12 copies)`);
  });

  it('is named once where it explains the rest', () => {
    const { differences } = compared(order, () => order({ items: undefined, tags: undefined }));
    expect(differences).toEqual([
      `${KIND}: $.items is missing in orders-r4, an array in orders-r3 (12 of 12 copies)`,
      `${KIND}: $.tags is missing in orders-r4, an array in orders-r3 (12 of 12 copies)`,
    ]);
  });

  it('is a status, before all that follows from it', () => {
    const failed = json({ error: 'x' }, { status: 500 });
    expect(compared(order, () => failed).differences).toEqual([
      `${KIND}: status 500 in orders-r4, status 200 in orders-r3 (12 of 12 copies)`,
    ]);
    expect(compared(order, () => undefined).differences).toEqual([
      `${KIND}: no whole answer in orders-r4, status 200 in orders-r3 (12 of 12 copies)`,
    ]);
  });

  it('is a status that differs sometimes only', () => {
    const flaky = () => (random.next() < 0.2 ? json({}, { status: 500 }) : order());
    expect(compared(order, flaky, { copies: 100 }).differences[0]).toMatch(/status 500 in orders-r4.* of 100 copies/);
  });

  it('is a content type, a place to go, and bytes of what is no JSON', () => {
    const text = (body: string, type = 'text/html') => ({
      status: 302,
      headers: { 'content-type': type, location: '/a' },
      body,
    });
    expect(
      compared(
        () => text('a'),
        () => text('a', 'text/plain; charset=UTF-8'),
      ).differences,
    ).toEqual([
      `${KIND}: content type: text/plain;charset=utf-8 in orders-r4, text/html in orders-r3 (12 of 12 copies)`,
    ]);
    const elsewhere = { ...text('a'), headers: { 'content-type': 'text/html', location: '/b' } };
    expect(
      compared(
        () => text('a'),
        () => elsewhere,
      ).differences[0],
    ).toContain('location: /b in orders-r4, /a in');
    expect(
      compared(
        () => text('a'),
        () => text('bb'),
      ).differences[0],
    ).toMatch(/body: 2 bytes, sha256 \w+ in orders-r4, 1 bytes/);
  });

  it('is not shown where it may be a secret', () => {
    const { differences } = compared(
      () => order({ sessionToken: 'abc' }),
      () => order({ sessionToken: 'def' }),
    );
    expect(differences).toEqual([
      `${KIND}: $.sessionToken is a value that is not shown in orders-r4, another value in orders-r3 (12 of 12 copies)`,
    ]);
  });

  it('is told by a type that is stable under values that are not', () => {
    const at = () => order({ at: random.next() });
    expect(compared(at, () => order({ at: String(random.next()) })).differences).toEqual([
      `${KIND}: $.at is a string in orders-r4, a number in orders-r3 (12 of 12 copies)`,
    ]);
  });
});

describe('what is no difference', () => {
  const shuffled = () => (random.next() < 0.5 ? ['a', 'b', 'c'] : ['c', 'a', 'b']);
  it.each([
    ['moments and ids of each answer', () => order({ at: random.next(), trace: `t-${random.next()}` })],
    ['a clock of whole seconds', () => order({ at: Math.floor(random.next() * 3) })],
    ['the order of a set', () => order({ tags: shuffled() })],
    ['keys in another order', () => json(Object.fromEntries(Object.entries(ORDER).sort(() => random.next() - 0.5)))],
    ['a field that is there sometimes', () => order(random.next() < 0.4 ? { note: 'x' } : {})],
    ['a map by id', () => order({ byId: { [`o-${1_000 + Math.floor(random.next() * 1e6)}`]: 1 } })],
    ['a dependency that fails for both', () => (random.next() < 0.3 ? json({}, { status: 502 }) : order())],
    ['an answer that does not come, by chance', () => (random.next() < 0.3 ? undefined : order())],
    [
      'a page with a token',
      () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: `<i>${random.next()}` }),
    ],
  ])('%s', (_, answer) => {
    for (let run = 0; run < 20; run += 1) expect(compared(answer, answer, { copies: 100 }).differences).toEqual([]);
  });

  it('is told as noise, how often', () => {
    const { kinds } = compared(
      () => order({ at: random.next() }),
      () => order({ at: random.next() }),
    );
    expect(kinds).toMatchObject([{ kind: KIND, copies: 12, noise: [{ what: '$.at', differing: 12, compared: 12 }] }]);
  });

  it('is something more, which is told', () => {
    const { differences, kinds } = compared(order, () => order({ discount: { of: 3 } }));
    expect(differences).toEqual([]);
    expect(kinds[0]?.added).toEqual([
      { what: '$.discount', is: 'an object' },
      { what: '$.discount.of', is: 'a number' },
    ]);
  });

  it.each(['$.items[].price', '$.items', `${KIND}: $.items`])('is what is meant to differ: %s', (accepted) => {
    const { differences, suspects } = compared(order, () => order({ items: [{ sku: 'x', price: '1' }] }), {
      accept: [accepted],
    });
    expect([differences, suspects]).toEqual([[], []]);
  });

  it('is what is accepted of another kind or path, no less', () => {
    const accept = ['GET /carts: $.total', '$.tot', '$.totals'];
    expect(compared(order, () => order({ total: '1' }), { accept }).differences).toHaveLength(1);
  });

  it('is what differed in too few copies, which is suspected', () => {
    const { differences, suspects } = compared(order, () => order({ state: 'PAID' }), { copies: 3 });
    expect([differences, suspects]).toEqual([[], ['$.state']]);
  });
});
