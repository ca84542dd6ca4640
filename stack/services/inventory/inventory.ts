import { z } from 'zod';
import type { Database } from '../kit/database';
import { itemsSchema, normalise } from '../kit/items';
import { parse, uuid } from '../kit/parse';
import type { Handler } from '../kit/server';
import { listProducts, release, reserve } from './stock';

const reservationSchema = z.object({ orderKey: z.string().min(1), items: itemsSchema });

/** Products, and reservations of them by the id of an order. */
export function inventoryRoutes(database: Pick<Database, 'query' | 'transaction'>): Record<string, Handler> {
  return {
    'GET /products': async () => ({ status: 200, body: await listProducts(database) }),
    'PUT /reservations/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      const { orderKey, items } = parse(reservationSchema, request.json());
      const amountCents = await database.transaction((queries) =>
        reserve(queries, { id, orderKey, items: normalise(items) }),
      );
      return { status: 200, body: { id, amountCents } };
    },
    'DELETE /reservations/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      await database.transaction((queries) => release(queries, id));
      return { status: 204 };
    },
  };
}
