import { describe, expect, it } from '@jest/globals';
import type { ShopRequest } from '../kit/server';
import type { UpstreamRequest } from '../kit/upstream';
import { UpstreamFailure } from '../kit/upstream-failure';
import type { ChargeStatus, Charges } from './charges';
import { paymentRoutes } from './payments';

const ID = '0b7e3a52-3f0f-4c58-9d3e-000000000001';

function setUp(): {
  readonly put: () => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
  readonly statuses: Map<string, ChargeStatus>;
  readonly bankCalls: string[];
  readonly bank: { answer: () => Promise<{ status: number; text: string }> };
} {
  const statuses = new Map<string, ChargeStatus>();
  const bankCalls: string[] = [];
  const bank = { answer: async () => ({ status: 200, text: '{}' }) };
  const charges: Charges = {
    status: async (id) => statuses.get(id),
    record: async ({ id }) => !statuses.has(id) && statuses.set(id, 'charged') === statuses,
    void: async (id) => void statuses.set(id, 'voided'),
  };
  const call = (request: UpstreamRequest): Promise<{ status: number; text: string }> => {
    bankCalls.push(request.method);
    return bank.answer();
  };
  const routes = paymentRoutes({ charges, bank: { call } });
  const request: ShopRequest = {
    requestId: 'r-1',
    params: { id: ID },
    headers: {},
    text: '',
    json: () => ({ orderKey: 'k-1', amountCents: 500 }),
  };
  return {
    put: async () => routes['PUT /charges/:id']?.(request),
    remove: async () => routes['DELETE /charges/:id']?.(request),
    statuses,
    bankCalls,
    bank,
  };
}

describe('payments', () => {
  it('charges once, however often it is asked', async () => {
    const { put, bankCalls, statuses } = setUp();
    expect(await put()).toMatchObject({ status: 200 });
    expect(await put()).toMatchObject({ status: 200 });
    expect([bankCalls, statuses.get(ID)]).toEqual([['PUT'], 'charged']);
  });

  it('refuses a charge that was voided before it came', async () => {
    const { put, remove, bankCalls } = setUp();
    await remove();
    await expect(put()).rejects.toMatchObject({ status: 409, code: 'charge-voided' });
    expect(bankCalls).toEqual(['DELETE']);
  });

  it('gives the money back when the void overtakes the charge', async () => {
    const { put, bank, bankCalls, statuses } = setUp();
    bank.answer = async () => {
      statuses.set(ID, 'voided');
      return { status: 200, text: '{}' };
    };
    await expect(put()).rejects.toMatchObject({ status: 409 });
    expect(bankCalls).toEqual(['PUT', 'DELETE']);
  });

  it('records nothing when the bank cannot be reached, or declines', async () => {
    const { put, bank, statuses } = setUp();
    bank.answer = () => Promise.reject(new UpstreamFailure('bank', 'unreachable', false));
    await expect(put()).rejects.toMatchObject({ status: 502, code: 'bank-unreachable' });
    bank.answer = async () => ({ status: 403, text: '{}' });
    await expect(put()).rejects.toMatchObject({ status: 402 });
    expect(statuses.size).toBe(0);
  });
});
