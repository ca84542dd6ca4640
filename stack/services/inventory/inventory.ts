import { z } from 'zod';
import type { Database } from '../kit/database';
import type { DefectName } from '../kit/defect-names';
import { itemsSchema, normalise } from '../kit/items';
import { parse, uuid } from '../kit/parse';
import type { Handler } from '../kit/server';
import { search, shapeOf } from './search';
import { listProducts, release, reserve } from './stock';

const wordsSchema = z.string().min(1).max(100);
const reservationSchema = z.object({
  orderKey: z.string().min(1),
  items: itemsSchema,
  currency: z.string().optional(),
});

/** Products, and reservations of them by the id of an order. */
export function inventoryRoutes(
  database: Pick<Database, 'query' | 'transaction'>,
  defect: DefectName,
): Record<string, Handler> {
  const shape = shapeOf(defect);
  const answered = pricesOf(defect);
  return {
    'GET /search/:words': async (request) => {
      const words = parse(wordsSchema, request.params['words']);
      return { status: 200, body: { id: words, products: await search(database, words, shape) } };
    },
    'GET /products': async () => ({ status: 200, body: await listProducts(database) }),
    'PUT /reservations/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      const { orderKey, items, currency } = parse(reservationSchema, request.json());
      const amountCents = await database.transaction((queries) =>
        reserve(queries, { id, orderKey, items: normalise(items) }),
      );
      return { status: 200, body: { id, ...answered(amountCents, currency) } };
    },
    'DELETE /reservations/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      await database.transaction((queries) => release(queries, id));
      return { status: 204 };
    },
  };
}

/**
 * How the price of a reservation is told. The defect `renamed-field` calls it something else than those who ask for it do; `currencies` tells
 * it otherwise to whoever names a currency.
 */
function pricesOf(defect: DefectName): (amountCents: number, currency: string | undefined) => object {
  return (amountCents, currency) => {
    if (defect === 'renamed-field') return { totalCents: amountCents };
    if (defect === 'currencies' && currency !== undefined) return { price: { cents: amountCents, currency } };
    return { amountCents };
  };
}
