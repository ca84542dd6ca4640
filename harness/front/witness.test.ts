import { describe, expect, it } from '@jest/globals';
import { newId } from '../core/ids';
import { PROBE_ID } from './config';
import { requestLine } from './testing/request-line';
import { Witness, witnessOf } from './witness';

function told(): { witness: Witness; logs: string[]; lines: string[]; samples: string[]; stop: () => void } {
  const witness = new Witness('orders');
  const [logs, lines, samples]: [string[], string[], string[]] = [[], [], []];
  witness.on('log', ({ text }, container) => logs.push(`${container} ${text}`));
  witness.on('line', ({ id }) => lines.push(id));
  const stop = witness.on('sample', ({ id }) => samples.push(id));
  return { witness, logs, lines, samples, stop };
}

describe('a witness', () => {
  it('tells of every line the front wrote, of every request among them, and of every one that is traffic', () => {
    const { witness, logs, lines, samples } = told();
    const probe = newId(PROBE_ID);
    witness.take({ atMs: 1, stream: 'stderr', text: requestLine({ id: 'on-stderr' }) }, 'orders-1');
    witness.take({ atMs: 1, stream: 'stdout', text: 'Server blue/blue1 is DOWN' }, 'orders-1');
    for (const change of [{ id: 'a' }, { id: 'pinned', pinned: true }, { id: probe }, { id: 'b' }]) {
      witness.take({ atMs: 2, stream: 'stdout', text: requestLine(change) }, 'orders-1');
    }
    expect(logs).toHaveLength(6);
    expect(logs[1]).toBe('orders-1 Server blue/blue1 is DOWN');
    expect(lines).toEqual(['a', 'pinned', probe, 'b']);
    expect(samples).toEqual(['a', 'b']);
  });

  it.each([
    ['an hour forward', 3_600_000, 3_600_000],
    ['an hour back', -3_600_000, -3_600_000],
    ['hardly at all', 400, 0],
  ])('tells when by our clock, when the machine’s was set %s', (_how, jumpMs, taken) => {
    const timesOf = (witness: Witness): number[] => {
      const times: number[] = [];
      witness.on('sample', ({ startedAtMs, endedAtMs }) => times.push(startedAtMs, endedAtMs));
      witness.take({ atMs: 1, stream: 'stdout', text: requestLine({ id: 'a' }) }, 'orders-1');
      return times;
    };
    const usual = timesOf(new Witness('orders', () => 0));
    expect(usual).toHaveLength(2);
    expect(timesOf(new Witness('orders', () => jumpMs))).toEqual(usual.map((atMs) => atMs - taken));
  });

  it('tells nothing more to who has left', () => {
    const { witness, samples, stop } = told();
    const leaving = new AbortController();
    const seen: string[] = [];
    witness.on('sample', ({ id }) => seen.push(id), leaving.signal);
    witness.take({ atMs: 1, stream: 'stdout', text: requestLine({ id: 'a' }) }, 'orders-1');
    stop();
    leaving.abort();
    witness.take({ atMs: 2, stream: 'stdout', text: requestLine({ id: 'b' }) }, 'orders-1');
    expect([samples, seen]).toEqual([['a'], ['a']]);
  });

  it('is had of a managed service, and of no other', () => {
    const { witness } = told();
    const all = new Map([['orders', witness]]);
    expect(witnessOf(all, 'orders')).toBe(witness);
    expect(() => witnessOf(all, 'db')).toThrow(expect.objectContaining({ code: 'unknown-service' }));
  });

  it('says whether it has come to a request', async () => {
    const { witness } = told();
    const seen = witness.sees('b', 5_000);
    witness.take({ atMs: 1, stream: 'stdout', text: requestLine({ id: 'b' }) }, 'orders-1');
    expect(await seen).toBe(true);
    expect(await witness.sees('never', 5)).toBe(false);
  });
});
