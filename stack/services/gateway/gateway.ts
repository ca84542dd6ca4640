import { z } from 'zod';
import { HttpError } from '../kit/http-error';
import { itemsSchema } from '../kit/items';
import { parse, uuid } from '../kit/parse';
import type { Answer, Handler } from '../kit/server';
import type { Upstream, UpstreamAnswer } from '../kit/upstream';
import type { Carts } from './cart';

const cartSchema = z.object({ items: itemsSchema });

/** Printable ASCII without spaces, as a key of a customer's choice. */
const KEY = /^[\x21-\x7e]{1,200}$/;

export interface GatewayPorts {
  /** Two limits of time: a checkout waits for others, a look-up does not. */
  readonly checkouts: Pick<Upstream, 'call'>;
  readonly orders: Pick<Upstream, 'call'>;
  readonly inventory: Pick<Upstream, 'call'>;
  readonly carts: Carts;
}

/** The shop's door: the same answers as the services behind, but never their 500s. */
export function gatewayRoutes(ports: GatewayPorts): Record<string, Handler> {
  return {
    'POST /checkout': async (request) => {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || !KEY.test(key)) {
        throw new HttpError(
          400,
          'idempotency-key-required',
          'send a header idempotency-key of 1 to 200 printable characters',
        );
      }
      request.json();
      return passOn(
        await ports.checkouts.call({
          method: 'POST',
          path: '/orders',
          requestId: request.requestId,
          headers: { 'idempotency-key': key },
          body: request.text,
        }),
      );
    },
    'GET /products': async ({ requestId }) =>
      passOn(await ports.inventory.call({ method: 'GET', path: '/products', requestId })),
    'GET /search/:words': async ({ requestId, params }) => {
      const path = `/search/${encodeURIComponent(params['words'] ?? '')}`;
      return passOn(await ports.inventory.call({ method: 'GET', path, requestId }));
    },
    'PUT /cart': (request) => {
      const { items } = parse(cartSchema, request.json());
      return { status: 200, headers: ports.carts.header(items), body: { items } };
    },
    'GET /cart': (request) => ({ status: 200, body: { items: ports.carts.of(request.headers.cookie) } }),
    'GET /orders/:id': async ({ requestId, params }) =>
      passOn(await ports.orders.call({ method: 'GET', path: `/orders/${orderId(params)}`, requestId })),
    'GET /orders/:id/letter': async ({ requestId, params }) =>
      passOn(await ports.orders.call({ method: 'GET', path: `/orders/${orderId(params)}/letter`, requestId })),
  };
}

function orderId(params: Readonly<Record<string, string>>): string {
  const id = uuid.safeParse(params['id']).data;
  if (id === undefined) throw new HttpError(404, 'order-not-found', 'there is no such order');
  return id;
}

function passOn(answer: UpstreamAnswer): Answer {
  return { status: answer.status, body: answer.text };
}
