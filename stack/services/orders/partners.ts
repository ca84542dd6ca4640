import { z } from 'zod';
import { parseJson } from '../kit/body';
import type { DefectName } from '../kit/defect-names';
import type { Items } from '../kit/items';
import { rejection } from '../kit/rejection';
import type { Upstream } from '../kit/upstream';

/** Who does what for an order. Each call names the order's id, under which it is done at most once. */
export interface Partners {
  /** Answers the price in cents. Throws `HttpError` 4xx when the items cannot be had. */
  readonly reserve: (
    order: { readonly id: string; readonly key: string; readonly items: Items },
    requestId: string,
  ) => Promise<number>;
  readonly release: (orderId: string, requestId: string) => Promise<void>;
  /** Throws `HttpError` 4xx when the customer cannot be charged. */
  readonly charge: (
    order: { readonly id: string; readonly key: string; readonly amountCents: number },
    requestId: string,
  ) => Promise<void>;
  readonly voidCharge: (orderId: string, requestId: string) => Promise<void>;
}

const reservedSchema = z.object({ amountCents: z.number().int() });

/** `currencies` is a release that says in which currency it wants its prices, and goes on to read them as they were. */
export function partners(
  inventory: Pick<Upstream, 'call'>,
  payments: Pick<Upstream, 'call'>,
  defect: DefectName,
): Partners {
  const wanted = defect === 'currencies' ? { currency: 'EUR' } : {};
  return {
    reserve: async ({ id, key, items }, requestId) => {
      const body = JSON.stringify({ orderKey: key, items, ...wanted });
      const answer = await inventory.call({ method: 'PUT', path: `/reservations/${id}`, requestId, body });
      if (answer.status !== 200) throw rejection(answer);
      return reservedSchema.parse(parseJson(answer.text)).amountCents;
    },
    release: async (orderId, requestId) => {
      const answer = await inventory.call({ method: 'DELETE', path: `/reservations/${orderId}`, requestId });
      if (answer.status !== 204) throw rejection(answer);
    },
    charge: async ({ id, key, amountCents }, requestId) => {
      const body = JSON.stringify({ orderKey: key, amountCents });
      const answer = await payments.call({ method: 'PUT', path: `/charges/${id}`, requestId, body });
      if (answer.status !== 200) throw rejection(answer);
    },
    voidCharge: async (orderId, requestId) => {
      const answer = await payments.call({ method: 'DELETE', path: `/charges/${orderId}`, requestId });
      if (answer.status !== 204) throw rejection(answer);
    },
  };
}
