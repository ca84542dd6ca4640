import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoadConfig } from '../../contract/config';
import { requestLine } from '../../front/testing/request-line';
import { Witness } from '../../front/witness';
import { startServer, type TestServer } from '../../load/testing/server';
import { liveSkew } from './skew-live';
import { firstRevision, nextRevision, type Revision } from '../revisions/revision';
import { fakeSpec } from '../testing/fake-world';

/**
 * A service with a session and with orders, of two revisions: the new one names the cookie's format `2`, and gives an order a status that the
 * old one refuses. What the front's log would say is told to the witness, unless it is `deaf`.
 */
class Shop {
  readonly witness = new Witness('orders');
  readonly statuses = new Map<string, string>();
  isDeaf = false;
  /** Requests that fail before all goes well. */
  failures = 0;
  readonly refused: string[] = [];

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const id = String(request.headers['x-request-id']);
    const revision = id.split(':')[1] ?? 'nobody';
    const isNew = revision === 'orders-r2';
    request.resume().on('end', () => {
      if (!this.isDeaf) {
        const routedSlot = isNew ? 'green' : 'blue';
        this.witness.take(
          { stream: 'stdout', text: requestLine({ id, pinned: true, routedSlot }), atMs: 0 } as never,
          'f',
        );
      }
      const { status, body, cookie } = this.#answer(request, isNew);
      if (cookie !== undefined) response.setHeader('set-cookie', cookie);
      response.writeHead(status).end(JSON.stringify(body));
    });
  };

  #answer({ url = '', headers }: IncomingMessage, isNew: boolean): { status: number; body: unknown; cookie?: string } {
    if (this.failures > 0) {
      this.failures -= 1;
      return { status: 503, body: {} };
    }
    if (url === '/login') return { status: 200, body: {}, cookie: `session=${isNew ? 2 : 1}.abc; Path=/; HttpOnly` };
    if (url === '/account') {
      const isKnown = headers.cookie === 'session=1.abc' || (isNew && headers.cookie === 'session=2.abc');
      return isKnown ? { status: 200, body: {} } : { status: 401, body: {} };
    }
    if (url === '/checkout') {
      const id = `o-${this.statuses.size + 1}`;
      this.statuses.set(id, isNew ? 'packed' : 'paid');
      return { status: 201, body: { id } };
    }
    const stored = this.statuses.get(url.replace('/orders/', ''));
    if (stored === undefined) return { status: 404, body: {} };
    return isNew || stored === 'paid' ? { status: 200, body: { status: stored } } : { status: 500, body: {} };
  }
}

const kind = (method: 'GET' | 'POST', path: (acknowledged: readonly string[]) => string, passes = ['orders']) => ({
  ...{ weight: 0, passes },
  build: ({ acknowledged }: { readonly acknowledged: readonly string[] }) => ({ method, path: path(acknowledged) }),
});

const load: LoadConfig = {
  ...{ service: 'orders', port: 8080, ratePerSecond: 1 },
  requests: {
    login: kind('POST', () => '/login'),
    account: kind('GET', () => '/account'),
    checkout: kind('POST', () => '/checkout'),
    look: kind('GET', ([id]) => `/orders/${id}`),
    browse: kind('GET', () => '/login', ['inventory']),
  },
};
const skew = {
  session: { write: 'login', read: 'account', withinMs: 0 },
  status: { write: 'checkout', read: 'look', withinMs: 0 },
  products: { write: 'browse', read: 'browse', withinMs: 0 },
};

describe('the sequences of a configuration, sent to a stack', () => {
  const from = firstRevision('orders', fakeSpec('good:1'));
  const to = nextRevision([from], from, fakeSpec('good:2'));
  let shop: Shop;
  let server: TestServer;

  beforeEach(async () => {
    shop = new Shop();
    server = await startServer(shop.handle);
  });
  afterEach(async () => server[Symbol.asyncDispose]());

  const port = () => {
    const url = new URL(server.baseUrl);
    const endpoint = async () => ({ host: url.hostname, port: Number(url.port) });
    return liveSkew({ load, skew, endpoint, witness: () => shop.witness, seenMs: 100 });
  };
  const attempt = (name: string, write: Revision, read: Revision) =>
    port().attempt(name, { write, read }, new AbortController().signal);

  it('are those that pass the service', () => {
    expect(port().names('orders')).toEqual(['session', 'status']);
    expect(port().names('inventory')).toEqual(['products']);
  });

  it.each(['session', 'status'])('of %s is wrong only where the old one gets what the new one left', async (name) => {
    for (const [write, read] of [
      [from, from],
      [to, to],
      [from, to],
    ] as const) {
      expect(await attempt(name, write, read)).toEqual({ is: 'right' });
    }
    const [request, reason] = name === 'session' ? ['account', 'status 401'] : ['look', 'status 500'];
    expect(await attempt(name, to, from)).toEqual({ is: 'wrong', request, reason });
  });

  it('bear the header and the id of their revision', async () => {
    await attempt('status', to, from);
    expect(server.seen[0]?.requestId).toMatch(/^rollproof-pin:orders-r2:/);
    expect(server.seen[1]?.requestId).toMatch(/^rollproof-pin:orders-r1:/);
  });

  it('bear the labels of two services where both are being released, and both fronts must have seen them', async () => {
    const beside = firstRevision('inventory', fakeSpec('good:1'));
    const both = await port().attempt('status', { write: to, read: to, beside }, new AbortController().signal);
    expect(both).toEqual({ is: 'right' });
    expect(server.seen[0]?.requestId).toMatch(/^rollproof-pins:orders-r2:inventory-r1:/);
  });

  it('are sent again before anything is said: a moment that fails is nobody’s doing', async () => {
    shop.failures = 2;
    expect(await attempt('status', to, to)).toEqual({ is: 'right' });
    shop.failures = 3;
    expect(await attempt('status', to, to)).toEqual({ is: 'wrong', request: 'checkout', reason: 'status 503' });
  });

  it('are unseen where the front of the service does not tell of them', async () => {
    shop.isDeaf = true;
    const deaf = await port().attempt('status', { write: from, read: from }, new AbortController().signal);
    expect(deaf).toMatchObject({ is: 'unseen', request: 'checkout' });
  });
});
