import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parse, uuid } from '../kit/parse';
import type { Handler } from '../kit/server';

const transferSchema = z.object({ amountCents: z.number().int().positive() });

/** Stands for an external provider: takes its time and keeps nothing, so that the same transfer has the same answer. */
export function bankRoutes(latencyMs: number): Record<string, Handler> {
  return {
    'PUT /transfers/:id': async (request) => {
      const id = parse(uuid, request.params['id']);
      const { amountCents } = parse(transferSchema, request.json());
      await sleep(latencyMs);
      return { status: 200, body: { reference: `transfer-${id}`, amountCents } };
    },
    'DELETE /transfers/:id': async (request) => {
      parse(uuid, request.params['id']);
      await sleep(latencyMs);
      return { status: 204 };
    },
  };
}
