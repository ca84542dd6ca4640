import type { Queries } from '../kit/database';
import { HttpError } from '../kit/http-error';
import type { Items } from '../kit/items';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly priceCents: number;
  readonly stock: number;
}

export async function listProducts(queries: Queries): Promise<Product[]> {
  return queries.query<Product>({
    name: 'products',
    text: 'SELECT id, name, price_cents AS "priceCents", stock FROM products ORDER BY id',
  });
}

export interface Reservation {
  readonly id: string;
  readonly orderKey: string;
  /** Normalised: one line a product, sorted. */
  readonly items: Items;
}

/** Takes the items from stock, once per id, and answers what they cost. Runs in a transaction: it is all or nothing. */
export async function reserve(queries: Queries, reservation: Reservation): Promise<number> {
  const { id, orderKey, items } = reservation;
  const inserted = await queries.query({
    name: 'reservation-insert',
    text: `INSERT INTO reservations (idempotency_key, order_key, items, amount_cents, status)
           VALUES ($1, $2, $3, 0, 'held') ON CONFLICT DO NOTHING RETURNING 1`,
    values: [id, orderKey, JSON.stringify(items)],
  });
  if (inserted.length === 0) return amountOfHeld(queries, id);
  let amountCents = 0;
  for (const { productId, quantity } of items) amountCents += quantity * (await take(queries, productId, quantity));
  await queries.query({
    name: 'reservation-price',
    text: 'UPDATE reservations SET amount_cents = $2 WHERE idempotency_key = $1',
    values: [id, amountCents],
  });
  return amountCents;
}

/** Gives the items back, once. Also for a reservation that never was: it stays refused for good. */
export async function release(queries: Queries, id: string): Promise<void> {
  const inserted = await queries.query({
    name: 'release-unknown',
    text: `INSERT INTO reservations (idempotency_key, items, amount_cents, status)
           VALUES ($1, '[]', 0, 'released') ON CONFLICT DO NOTHING RETURNING 1`,
    values: [id],
  });
  if (inserted.length === 1) return;
  const [released] = await queries.query<{ items: Items }>({
    name: 'release',
    text: `UPDATE reservations SET status = 'released' WHERE idempotency_key = $1 AND status = 'held' RETURNING items`,
    values: [id],
  });
  for (const { productId, quantity } of released?.items ?? []) {
    await queries.query({
      name: 'give-back',
      text: 'UPDATE products SET stock = stock + $2 WHERE id = $1',
      values: [productId, quantity],
    });
  }
}

async function amountOfHeld(queries: Queries, id: string): Promise<number> {
  const [known] = await queries.query<{ status: string; amount_cents: number }>({
    name: 'reservation',
    text: 'SELECT status, amount_cents FROM reservations WHERE idempotency_key = $1',
    values: [id],
  });
  if (known?.status !== 'held') throw new HttpError(409, 'reservation-released', 'this reservation was released');
  return known.amount_cents;
}

/** Answers the price of one. */
async function take(queries: Queries, productId: string, quantity: number): Promise<number> {
  const [taken] = await queries.query<{ price_cents: number }>({
    name: 'take',
    text: 'UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2 RETURNING price_cents',
    values: [productId, quantity],
  });
  if (taken !== undefined) return taken.price_cents;
  const [known] = await queries.query({
    name: 'product',
    text: 'SELECT 1 FROM products WHERE id = $1',
    values: [productId],
  });
  if (known === undefined) throw new HttpError(422, 'unknown-product', `there is no product ${productId}`);
  throw new HttpError(409, 'out-of-stock', `there is not enough of ${productId}`);
}
