import { describe, expect, it } from '@jest/globals';
import { newId } from '../core/ids';
import { PROBE_ID } from './config';
import { FRONT_ITSELF, toSample } from './sample';
import type { WitnessLine } from './witness-line';

const LINE: WitnessLine = {
  startedAtMs: 1_000,
  epoch: 7,
  id: 'r-1',
  revision: 'orders-r2',
  slot: 'green',
  routedSlot: 'green',
  routedRevision: 'orders-r2',
  server: 'green1',
  pinned: false,
  method: 'GET',
  path: '/',
  status: 200,
  durationMs: 12,
  connectMs: 1,
  responseMs: 10,
  retries: 0,
  redispatched: false,
  termination: '--',
};

describe('toSample', () => {
  it('takes a complete answer as good, with the time the server took', () => {
    const chosen = { id: 'r-1', revision: 'orders-r2', servedBy: 'orders-r2', epoch: 7 };
    const sample = { ...chosen, startedAtMs: 1_000, endedAtMs: 1_012, error: false, clientError: false };
    expect(toSample(LINE)).toEqual({ ...sample, replica: 'green1', latencyMs: 11 });
    expect(toSample({ ...LINE, status: 404 })).toMatchObject({ error: false, clientError: true });
    // The front's own refusal is not the revision's.
    expect(toSample({ ...LINE, status: 400, server: undefined })).toMatchObject({ clientError: false });
  });

  it.each([
    ['a 500', { status: 500 }],
    ['no answer', { status: -1, termination: 'SH', responseMs: -1 }],
    ['an answer cut short', { termination: 'SD' }],
    ['a retry that went well', { retries: 1 }],
    ['a client that gave up waiting', { status: -1, termination: 'CH', responseMs: -1 }],
  ] satisfies [string, Partial<WitnessLine>][])('counts %s as an error', (_name, change) => {
    expect(toSample({ ...LINE, ...change })).toMatchObject({ revision: 'orders-r2', error: true });
  });

  it('charges the revision that was chosen when the other one helped out', () => {
    const line = {
      ...LINE,
      revision: 'orders-r1',
      slot: 'blue',
      server: 'blue1',
      retries: 1,
      redispatched: true,
    } as const;
    expect(toSample(line)).toMatchObject({ revision: 'orders-r2', servedBy: 'orders-r1', error: true });
  });

  it('leaves out probes, and clients that never asked', () => {
    expect(toSample({ ...LINE, pinned: true })).toBeUndefined();
    expect(toSample({ ...LINE, id: newId(PROBE_ID) })).toBeUndefined();
    expect(toSample({ ...LINE, status: 400, termination: 'CR' })).toBeUndefined();
  });

  it('charges the front itself with what no revision was chosen for', () => {
    const sample = toSample({
      ...LINE,
      revision: undefined,
      routedRevision: undefined,
      server: undefined,
      status: 503,
    });
    expect(sample).toMatchObject({ revision: FRONT_ITSELF, error: true });
    expect(sample).not.toHaveProperty('servedBy');
  });
});
