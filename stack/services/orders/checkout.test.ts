import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { HttpError } from '../kit/http-error';
import { UpstreamFailure, type UpstreamFailureKind } from '../kit/upstream-failure';
import { Canceller } from './canceller';
import { checkout } from './checkout';
import type { FoundOrder, Ledger, Order } from './ledger';
import type { Partners } from './partners';

interface Row {
  readonly orderId: string;
  readonly key: string;
  readonly fingerprint: string;
  state: 'open' | 'stored' | 'cancelling';
  joined: boolean;
  chargePossible: boolean;
}

/** A ledger in memory that keeps the promises of the one in the database. */
class MemoryLedger implements Ledger {
  readonly rows = new Map<string, Row>();
  readonly orders: Order[] = [];
  #next = 0;

  async open(key: string, fingerprint: string): Promise<Row> {
    const live = [...this.rows.values()].find((row) => row.key === key && row.state !== 'cancelling');
    if (live !== undefined) {
      live.joined = true;
      return live;
    }
    const orderId = `order-${(this.#next += 1)}`;
    const row: Row = { orderId, key, fingerprint, state: 'open', joined: false, chargePossible: true };
    this.rows.set(orderId, row);
    return row;
  }
  async store(order: Order): Promise<boolean> {
    const row = this.rows.get(order.id);
    if (row?.state !== 'open') return false;
    row.state = 'stored';
    this.orders.push(order);
    return true;
  }
  async state(orderId: string): Promise<Row['state'] | undefined> {
    return this.rows.get(orderId)?.state;
  }
  async discard(orderId: string): Promise<boolean> {
    const row = this.rows.get(orderId);
    return row?.state === 'open' && !row.joined && this.rows.delete(orderId);
  }
  async markCancelling(orderId: string, chargePossible: boolean): Promise<Row | undefined> {
    const row = this.rows.get(orderId);
    if (row?.state !== 'open') return undefined;
    return Object.assign(row, { state: 'cancelling', chargePossible: chargePossible || row.joined });
  }
  async claimUnfinished(): Promise<Row[]> {
    const unfinished = [...this.rows.values()].filter((row) => row.state !== 'stored');
    return unfinished.map((row) => Object.assign(row, { state: 'cancelling' }));
  }
  async forget(orderId: string): Promise<void> {
    this.rows.delete(orderId);
  }
  async letter(): Promise<undefined> {
    return undefined;
  }

  async find(orderId: string): Promise<FoundOrder | undefined> {
    const found = this.orders.find((order) => order.id === orderId);
    return found && { ...found, status: 'paid' };
  }
}

/** Partners in memory; `fail` makes the next call of that name throw, before or after its effect. */
class MemoryPartners implements Partners {
  readonly held = new Set<string>();
  readonly charged = new Set<string>();
  readonly calls: string[] = [];
  readonly fail = new Map<string, { readonly error: Error; readonly afterEffect?: boolean }>();

  async #do(name: string, effect: () => void): Promise<void> {
    this.calls.push(name);
    const failure = this.fail.get(name);
    if (failure === undefined || failure.afterEffect === true) effect();
    if (failure !== undefined) throw failure.error;
  }
  async reserve({ id }: { readonly id: string }): Promise<number> {
    await this.#do('reserve', () => this.held.add(id));
    return 500;
  }
  release = (id: string): Promise<void> => this.#do('release', () => this.held.delete(id));
  charge = ({ id }: { readonly id: string }): Promise<void> => this.#do('charge', () => this.charged.add(id));
  voidCharge = (id: string): Promise<void> => this.#do('void', () => this.charged.delete(id));
}

const upstreamFailure = (kind: UpstreamFailureKind): UpstreamFailure => new UpstreamFailure('payments', kind, false);

describe('checkout', () => {
  let ledger: MemoryLedger;
  let partners: MemoryPartners;
  let canceller: Canceller;

  beforeEach(() => {
    ledger = new MemoryLedger();
    partners = new MemoryPartners();
    canceller = new Canceller({ ledger, partners, logger: pino({ level: 'silent' }), staleMs: 1_000 });
  });

  const order = (key = 'k-1', quantity = 1): Promise<string> =>
    checkout({ ledger, partners, canceller }, { key, items: [{ productId: 'tea-pot', quantity }], requestId: 'r-1' });
  const effects = (): { held: number; charged: number; orders: number; checkouts: number } => ({
    held: partners.held.size,
    charged: partners.charged.size,
    orders: ledger.orders.length,
    checkouts: ledger.rows.size,
  });
  const NOTHING = { held: 0, charged: 0, orders: 0, checkouts: 0 };

  it('reserves, charges and stores', async () => {
    expect(await order()).toBe('order-1');
    expect(partners.calls).toEqual(['reserve', 'charge']);
    expect(effects()).toEqual({ held: 1, charged: 1, orders: 1, checkouts: 1 });
  });

  it('has one order for the same key, one after the other and at the same time', async () => {
    const ids = [await order(), await order(), ...(await Promise.all([order(), order()]))];
    expect(new Set(ids).size).toBe(1);
    const twins = await Promise.all([order('k-2'), order('k-2'), order('k-2')]);
    expect(new Set(twins).size).toBe(1);
    expect(effects()).toEqual({ held: 2, charged: 2, orders: 2, checkouts: 2 });
  });

  it('refuses the same key for other items', async () => {
    await order('k-1', 1);
    await expect(order('k-1', 2)).rejects.toMatchObject({ status: 422, code: 'key-reused' });
  });

  it('leaves nothing when the items cannot be had', async () => {
    partners.fail.set('reserve', { error: new HttpError(409, 'out-of-stock', '') });
    await expect(order()).rejects.toMatchObject({ status: 409, code: 'out-of-stock' });
    expect([effects(), partners.calls]).toEqual([NOTHING, ['reserve']]);
  });

  it('releases what it reserved when the customer is declined', async () => {
    partners.fail.set('charge', { error: new HttpError(402, 'declined', '') });
    await expect(order()).rejects.toMatchObject({ status: 402 });
    await canceller.close();
    expect([effects(), partners.calls]).toEqual([NOTHING, ['reserve', 'charge', 'release']]);
  });

  it('releases without a void when the charge was never sent', async () => {
    partners.fail.set('charge', { error: upstreamFailure('refused') });
    await expect(order()).rejects.toMatchObject({ status: 503 });
    await canceller.close();
    expect([effects(), partners.calls]).toEqual([NOTHING, ['reserve', 'charge', 'release']]);
  });

  it('voids a charge whose answer was lost', async () => {
    partners.fail.set('charge', { error: upstreamFailure('unreachable'), afterEffect: true });
    await expect(order()).rejects.toMatchObject({ status: 502 });
    await canceller.close();
    expect([effects(), partners.calls]).toEqual([NOTHING, ['reserve', 'charge', 'release', 'void']]);
  });

  it('keeps in mind what cannot be undone yet, and undoes it later', async () => {
    partners.fail.set('charge', { error: upstreamFailure('timeout'), afterEffect: true });
    partners.fail.set('void', { error: upstreamFailure('unreachable') });
    await expect(order()).rejects.toMatchObject({ status: 504 });
    await canceller.close();
    expect(effects()).toEqual({ held: 0, charged: 1, orders: 0, checkouts: 1 });
    partners.fail.clear();
    await canceller.sweep();
    expect(effects()).toEqual(NOTHING);
  });

  it('starts anew under a new id when the key comes again after a failure', async () => {
    partners.fail.set('charge', { error: upstreamFailure('timeout') });
    await expect(order()).rejects.toMatchObject({ status: 504 });
    await canceller.close();
    partners.fail.clear();
    expect(await order()).toBe('order-2');
    expect(effects()).toEqual({ held: 1, charged: 1, orders: 1, checkouts: 1 });
  });

  it('never acknowledges an order that was given up meanwhile', async () => {
    partners.charge = async ({ id }) => {
      await ledger.markCancelling(id, true);
    };
    await expect(order()).rejects.toMatchObject({ status: 503, code: 'checkout-cancelled' });
    expect(ledger.orders).toEqual([]);
  });
});
