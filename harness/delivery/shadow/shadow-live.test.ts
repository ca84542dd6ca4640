import { describe, expect, it } from '@jest/globals';
import { HarnessError } from '../../core/errors';
import type { CopiedRequest } from '../../front/copies';
import type { CopyAnswer } from '../../front/copy-text';
import { requestLine } from '../../front/testing/request-line';
import { Witness } from '../../front/witness';
import { firstRevision, nextRevision } from '../revisions/revision';
import { fakeSpec } from '../testing/fake-world';
import { openShadow } from './shadow-live';

const FROM = firstRevision('orders', fakeSpec('good:1'));
const TO = nextRevision([FROM], FROM, fakeSpec('good:2'));
const READ: CopiedRequest = { method: 'GET', path: '/orders/7', headers: [] };

/** A front whose revisions answer with their label, and what was asked of it. */
function fakeFront(answeredBy: (label: string) => Partial<CopyAnswer> | undefined = (label) => ({ revision: label })) {
  const asked: string[] = [];
  const state = { isDead: false, opened: 0, ended: 0, copies: [READ] as readonly CopiedRequest[] };
  const openLane = async () => {
    state.opened += 1;
    const send = async ({ method }: CopiedRequest, { to, id }: { readonly to: string; readonly id: string }) => {
      asked.push(`${method} ${to} ${id.startsWith('rollproof-probe-shadow') ? 'ours' : id}`);
      const answer = answeredBy(to);
      return answer && { status: 200, headers: {}, body: '', ...answer };
    };
    return { send, isDead: state.isDead, [Symbol.asyncDispose]: async () => undefined };
  };
  const front = {
    takeCopies: async () => {
      if (state.isDead) throw new HarnessError('front-link-lost', { message: 'gone' });
      return state.copies;
    },
    endCopies: async () => void (state.ended += 1),
    openLane,
  };
  return { front: front as unknown as Parameters<typeof openShadow>[0], asked, state };
}

describe('copies of a service that runs', () => {
  it('go to the revisions that are named, by lanes that are kept, under ids of ours', async () => {
    const { front, asked, state } = fakeFront();
    await using shadow = await openShadow(front, new Witness('orders'));
    expect(await shadow.requests()).toEqual([READ]);
    for (let n = 0; n < 2; n += 1) {
      const answers = await shadow.ask(READ, [FROM, TO, FROM]);
      expect(answers?.map((answer) => answer?.revision)).toEqual(['orders-r1', 'orders-r2', 'orders-r1']);
    }
    expect(asked.slice(0, 3)).toEqual(['GET orders-r1 ours', 'GET orders-r2 ours', 'GET orders-r1 ours']);
    expect(state.opened).toBe(3);
  });

  it('are never of a request that writes, whoever asks', async () => {
    const { front, asked } = fakeFront();
    await using shadow = await openShadow(front, new Witness('orders'));
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'get']) {
      await expect(shadow.ask({ ...READ, method }, [FROM, TO, FROM])).rejects.toThrow('never sent twice');
    }
    expect(asked).toEqual([]);
  });

  it('have no answer from a revision in whose place another one, or the front, answered', async () => {
    const { front } = fakeFront((label) => (label === 'orders-r2' ? { revision: 'orders-r1' } : { revision: label }));
    await using shadow = await openShadow(front, new Witness('orders'));
    expect(await shadow.ask(READ, [FROM, TO, FROM])).toMatchObject([{ status: 200 }, undefined, { status: 200 }]);
  });

  it('speak against nobody when a lane, or the front, is gone; and end', async () => {
    const { front, state } = fakeFront();
    {
      await using shadow = await openShadow(front, new Witness('orders'));
      state.isDead = true;
      expect(await shadow.requests()).toEqual([]);
      expect(await shadow.ask(READ, [FROM, TO, FROM])).toBeUndefined();
    }
    expect(state.ended).toBe(1);
  });

  it('are counted beside what users send, which is counted by what it does', async () => {
    const { front } = fakeFront();
    const witness = new Witness('orders');
    await using shadow = await openShadow(front, witness);
    for (const change of [
      {},
      { method: 'POST' },
      { method: 'DELETE' },
      { pinned: true },
      { id: 'rollproof-probe-1' },
    ]) {
      witness.take({ stream: 'stdout', text: requestLine(change), atMs: 0 } as never, 'front');
    }
    expect(shadow.seen()).toEqual({ reads: 1, others: 2 });
  });
});
