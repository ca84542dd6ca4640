import { z } from 'zod';
import { HttpError } from '../kit/http-error';
import { itemsSchema } from '../kit/items';
import { parse, uuid } from '../kit/parse';
import type { Handler } from '../kit/server';
import { checkout, type CheckoutPorts } from './checkout';

const checkoutSchema = z.object({ items: itemsSchema });
const keySchema = z.string().min(1).max(200);

export function orderRoutes(ports: CheckoutPorts): Record<string, Handler> {
  return {
    'POST /orders': async (request) => {
      const key = keySchema.safeParse(request.headers['idempotency-key']).data;
      if (key === undefined) throw new HttpError(400, 'idempotency-key-required', 'send a header idempotency-key');
      const { items } = parse(checkoutSchema, request.json());
      const id = await checkout(ports, { key, items, requestId: request.requestId });
      return { status: 201, body: { id } };
    },
    'GET /orders/:id': async (request) => {
      const order = await ports.ledger.find(parse(uuid, request.params['id']));
      if (order === undefined) throw new HttpError(404, 'order-not-found', 'there is no such order');
      return { status: 200, body: order };
    },
    'GET /orders/:id/letter': async (request) => {
      const letter = await ports.ledger.letter(parse(uuid, request.params['id']));
      if (letter === undefined) throw new HttpError(404, 'order-not-found', 'there is no such order');
      return { status: 200, body: letter };
    },
  };
}
