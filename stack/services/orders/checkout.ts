import { HttpError } from '../kit/http-error';
import { normalise, type Items } from '../kit/items';
import { UpstreamFailure } from '../kit/upstream-failure';
import type { Canceller } from './canceller';
import type { Ledger } from './ledger';
import type { Partners } from './partners';

export interface CheckoutRequest {
  /** The customer's idempotency key. */
  readonly key: string;
  readonly items: Items;
  readonly requestId: string;
}

export interface CheckoutPorts {
  readonly ledger: Ledger;
  readonly partners: Partners;
  readonly canceller: Canceller;
}

/**
 * Reserves, charges, stores; answers the order's id only once it is stored. The same key has the same order however often
 * it is sent. What fails half-way is undone; what dies half-way is undone by whoever finds it.
 */
export async function checkout(ports: CheckoutPorts, request: CheckoutRequest): Promise<string> {
  const { key, requestId } = request;
  const items = normalise(request.items);
  const fingerprint = JSON.stringify(items);
  const opened = await ports.ledger.open(key, fingerprint);
  if (opened.fingerprint !== fingerprint) {
    throw new HttpError(422, 'key-reused', 'this idempotency key was used for other items');
  }
  const id = opened.orderId;
  if (opened.state === 'stored') return id;
  const amountCents = await reserve(ports, { id, key, items }, requestId);
  await charge(ports, { id, key, amountCents }, requestId);
  if (await ports.ledger.store({ id, key, items, amountCents })) return id;
  // A twin of this request has either stored the order or given it up.
  if ((await ports.ledger.state(id)) === 'stored') return id;
  throw cancelled();
}

async function reserve(
  { ledger, partners, canceller }: CheckoutPorts,
  order: { readonly id: string; readonly key: string; readonly items: Items },
  requestId: string,
): Promise<number> {
  try {
    return await partners.reserve(order, requestId);
  } catch (error) {
    const nothingWasDone = isRejection(error) || wasNeverSent(error);
    if (!nothingWasDone || !(await ledger.discard(order.id))) await canceller.cancel(order.id, false);
    throw isRejection(error) && error.code === 'reservation-released' ? cancelled() : error;
  }
}

async function charge(
  { canceller, partners }: CheckoutPorts,
  order: { readonly id: string; readonly key: string; readonly amountCents: number },
  requestId: string,
): Promise<void> {
  try {
    await partners.charge(order, requestId);
  } catch (error) {
    await canceller.cancel(order.id, !(isRejection(error) || wasNeverSent(error)));
    throw isRejection(error) && error.code === 'charge-voided' ? cancelled() : error;
  }
}

function isRejection(error: unknown): error is HttpError {
  return error instanceof HttpError && error.status < 500;
}

function wasNeverSent(error: unknown): boolean {
  return error instanceof UpstreamFailure && error.kind === 'refused';
}

function cancelled(): HttpError {
  return new HttpError(503, 'checkout-cancelled', 'this checkout was given up, send it again');
}
