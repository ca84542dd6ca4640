import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeSpec } from '../testing/fake-world';
import { firstRevision, nextRevision, settled } from './revision';
import { openRevisionStore, revisionsPath } from './revision-store';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revisions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const orders = () => join(revisionsPath(folder), 'orders.json');
const readOrders = () => readFileSync(orders(), 'utf8');
function writeOrders(text: string): void {
  mkdirSync(revisionsPath(folder), { recursive: true });
  writeFileSync(orders(), text);
}

describe('openRevisionStore', () => {
  const spec = fakeSpec('acme/orders:good');

  it('remembers revisions and unfinished rollouts across processes', () => {
    const path = revisionsPath(folder);
    const first = firstRevision('orders', spec);
    const candidate = { ...nextRevision([first], first, spec), rollout: { id: 'rollout-1' } };
    openRevisionStore(path).put(first, candidate);
    const again = openRevisionStore(path);
    expect(again.list('orders')).toEqual([first, candidate]);
    expect(again.stable('orders')).toEqual(first);
    expect(again.unfinished()).toEqual([candidate]);
    expect(again.list('payments')).toEqual([]);
  });

  it('reads a rollout whose strategy it does not understand as one without', () => {
    const path = revisionsPath(folder);
    const first = firstRevision('orders', spec);
    const strategy = { name: 'canary', settings: { patience: 'much' }, steps: [] };
    writeOrders(JSON.stringify({ revisions: [{ ...first, rollout: { id: 'rollout-1', strategy } }] }));
    expect(openRevisionStore(path).unfinished()).toEqual([{ ...first, rollout: { id: 'rollout-1' } }]);
  });

  it('refuses a file that is not ours', () => {
    const path = revisionsPath(folder);
    writeOrders('{"revisions": [{"service": 1}]}');
    expect(() => openRevisionStore(path)).toThrow(/does not hold revision records: it has another shape/);
  });

  it.each([
    ['an empty one', ''],
    ['one that is cut off', '{"version": 1, "revisions": [{"serv'],
  ])('refuses a file that is broken, and leaves it: %s', (_what, text) => {
    const path = revisionsPath(folder);
    writeOrders(text);
    expect(() => openRevisionStore(path)).toThrow(
      expect.objectContaining({
        code: 'revisions-corrupt',
        hint: expect.stringContaining('Nothing was changed') as unknown,
      }),
    );
    expect(readOrders()).toBe(text);
  });

  it('refuses a file of a newer version, and reads one of before there were versions', () => {
    const path = revisionsPath(folder);
    openRevisionStore(path).put(firstRevision('orders', spec));
    const { revisions } = JSON.parse(readOrders()) as { revisions: unknown };
    writeOrders(JSON.stringify({ revisions }));
    expect(openRevisionStore(path).list()).toHaveLength(1);
    writeOrders(JSON.stringify({ version: 2, revisions: { orders: revisions } }));
    expect(() => openRevisionStore(path)).toThrow(
      expect.objectContaining({ code: 'state-newer', message: expect.stringMatching(/version 2.*knows 1/) as unknown }),
    );
  });

  it('sees what another process writes, and two that write different services lose nothing of each other', () => {
    const path = revisionsPath(folder);
    const [one, other] = [openRevisionStore(path), openRevisionStore(path)];
    const [first, second] = [firstRevision('orders', spec), firstRevision('pay.ments', spec)];
    one.put(first, second);
    expect(other.list()).toEqual([first, second]);
    const [candidate, next] = [nextRevision([first], first, spec), nextRevision([second], second, spec)];
    one.put(candidate);
    other.put(next);
    one.put(settled(candidate, 'failed'));
    other.remove(second.label);
    const all = [first, settled(candidate, 'failed'), next];
    expect([one.list(), other.list(), openRevisionStore(path).list()]).toEqual([all, all, all]);
  });

  it('reads the one file that all services were in, and writes it no more', () => {
    const [first, second] = [firstRevision('orders', spec), firstRevision('payments', spec)];
    const old = `${revisionsPath(folder)}.json`;
    writeFileSync(old, JSON.stringify({ version: 1, revisions: [first, second] }));
    const text = readFileSync(old, 'utf8');
    const store = openRevisionStore(revisionsPath(folder));
    expect(store.list()).toEqual([first, second]);
    store.put(settled(first, 'retired'));
    store.remove(second.label);
    expect(openRevisionStore(revisionsPath(folder)).list()).toEqual([settled(first, 'retired')]);
    expect(readFileSync(old, 'utf8')).toBe(text);
  });
});
