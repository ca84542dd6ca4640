import { z } from 'zod';
import { HttpError } from '../kit/http-error';
import { parse, uuid } from '../kit/parse';
import type { Handler } from '../kit/server';
import type { Upstream } from '../kit/upstream';
import type { Charges } from './charges';

const chargeSchema = z.object({ orderKey: z.string().min(1), amountCents: z.number().int().positive() });

/** Charges a customer through the bank, once per id however often it is asked. */
export function paymentRoutes(ports: {
  readonly charges: Charges;
  readonly bank: Pick<Upstream, 'call'>;
}): Record<string, Handler> {
  const refund = async (id: string, requestId: string): Promise<void> => {
    await ports.bank.call({ method: 'DELETE', path: `/transfers/${id}`, requestId });
  };
  return {
    'PUT /charges/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      const charge = { id, ...parse(chargeSchema, request.json()) };
      const known = await ports.charges.status(id);
      if (known === 'voided') throw voided();
      if (known === 'charged') return { status: 200, body: { id } };
      const { requestId } = request;
      const body = JSON.stringify({ amountCents: charge.amountCents });
      const answer = await ports.bank.call({ method: 'PUT', path: `/transfers/${id}`, requestId, body });
      if (answer.status !== 200) throw new HttpError(402, 'declined', 'the bank declined the charge');
      if (!(await ports.charges.record(charge)) && (await ports.charges.status(id)) === 'voided') {
        await refund(id, requestId);
        throw voided();
      }
      return { status: 200, body: { id } };
    },
    'DELETE /charges/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      // The void is written first: a charge that is on its way finds it and gives the money back itself.
      await ports.charges.void(id);
      await refund(id, request.requestId);
      return { status: 204 };
    },
  };
}

function voided(): HttpError {
  return new HttpError(409, 'charge-voided', 'this charge was voided');
}
