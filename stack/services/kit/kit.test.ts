import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  CLIENT_ERROR_SHARE,
  ERROR_SHARE,
  FEW_ERRORS_SHARE,
  HANG_SHARE,
  PAUSE_AT_REQUEST,
  PAUSE_MS,
  SLOWNESS_MS,
  TAIL_SHARE,
  WRONG_SHARE,
  defect,
} from './defect';
import { DEFECTS } from './defect-names';
import { HttpError } from './http-error';
import { itemsSchema, normalise } from './items';
import { DRAIN_MAX_MS } from './grace';
import { parse } from './parse';
import { requestIdFrom } from './request-id';
import { RetryBudget } from './retry-budget';
import { Router } from './router';
import { SettingsError, databaseUrl, readSettings, serviceUrl } from './settings';

describe('settings', () => {
  it('has defaults for all but the name', () => {
    expect(readSettings({}, { SERVICE_NAME: 'orders' })).toMatchObject({
      PORT: 8080,
      ROLLPROOF_REVISION: 'local',
      SHOP_DEFECT: 'good',
      DRAIN_MS: 500,
      OTEL_TRACES_SAMPLER_ARG: 0.2,
    });
  });

  it('names every variable that is wrong or missing', () => {
    const wrong = { PORT: '99999', OTEL_TRACES_SAMPLER_ARG: '7', BANK_URL: 'bank:8080' };
    const read = (): unknown => readSettings({ BANK_URL: serviceUrl, DATABASE_URL: databaseUrl }, wrong);
    expect(read).toThrow(SettingsError);
    for (const name of ['SERVICE_NAME', 'PORT', 'OTEL_TRACES_SAMPLER_ARG', 'BANK_URL', 'DATABASE_URL']) {
      expect(read).toThrow(new RegExp(`${name}: `));
    }
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readSettings({}, { SERVICE_NAME: 'orders', PORT: '' }).PORT).toBe(8080);
  });

  it('refuses a drain that could outlast the grace time', () => {
    const drain = (lengthMs: number): number =>
      readSettings({}, { SERVICE_NAME: 'orders', DRAIN_MS: String(lengthMs) }).DRAIN_MS;
    expect(drain(DRAIN_MAX_MS)).toBe(DRAIN_MAX_MS);
    expect(() => drain(DRAIN_MAX_MS + 1)).toThrow(/DRAIN_MS: /);
  });

  it('refuses a defect that does not exist', () => {
    expect(() => readSettings({}, { SERVICE_NAME: 'orders', SHOP_DEFECT: 'wobbly' })).toThrow(/SHOP_DEFECT: /);
  });
});

describe('request id', () => {
  it('takes what a caller sends', () => expect(requestIdFrom('run-1:42')).toBe('run-1:42'));

  it.each([undefined, '', 'has space', 'line\nbreak', 'x'.repeat(129), ['a', 'b']])(
    'makes its own for %p',
    (header) => {
      expect(requestIdFrom(header)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('router', () => {
  const router = new Router({ 'GET /orders/:id': 'find', 'POST /orders': 'create', 'DELETE /orders/:id': 'remove' });

  it('finds the handler, the pattern and the parameters', () => {
    expect(router.match('GET', '/orders/a%20b')).toEqual({
      route: '/orders/:id',
      handler: 'find',
      params: { id: 'a b' },
    });
    expect(router.match('DELETE', '/orders/1').handler).toBe('remove');
  });

  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/orders/', 404],
    ['GET', '/orders/1/2', 404],
    ['PUT', '/orders', 405],
    ['GET', '/orders/%zz', 400],
  ])('answers %s %s with %i', (method, path, status) => {
    const thrown = ((): unknown => {
      try {
        return router.match(method, path);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ status });
  });
});

describe('defect', () => {
  const failures = (name: 'good' | 'errors', ids: readonly string[]): number =>
    ids.filter((id) => {
      try {
        void defect(name).before(id);
        return false;
      } catch (error) {
        return error instanceof HttpError && error.status === 500;
      }
    }).length;

  it.each(['run-', 'seed-7f3a-', ''])('errors fails a fifth of requests, whatever their ids (%p…)', (prefix) => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `${prefix}${index}`);
    expect(failures('errors', ids) / ids.length).toBeGreaterThan(ERROR_SHARE - 0.02);
    expect(failures('errors', ids) / ids.length).toBeLessThan(ERROR_SHARE + 0.02);
    expect(failures('good', ids)).toBe(0);
  });

  it('errors meets the same request again with the same fate', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `r-${index}`);
    expect(failures('errors', ids)).toBe(failures('errors', ids));
  });

  it('slow waits', async () => {
    const startedAt = performance.now();
    await defect('slow').before('r-1');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(SLOWNESS_MS - 5);
  });

  it('wrong-answers gives a fifth of requests the right status, and nothing in it', () => {
    const answer = { status: 201, body: { id: 'o-1' } };
    const ids = Array.from({ length: 10_000 }, (_, index) => `r-${index}`);
    const wrong = ids.filter((id) => {
      const { status, body } = defect('wrong-answers').after(id, answer);
      expect(status).toBe(201);
      return body !== answer.body;
    });
    expect(Math.abs(wrong.length / ids.length - WRONG_SHARE)).toBeLessThan(0.02);
    expect(defect('good').after(ids[0] ?? '', answer)).toBe(answer);
  });

  it('slow-tail has a few requests wait, and no others', () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => `r-${index}`);
    const waiting = ids.filter((id) => defect('slow-tail').before(id) !== undefined);
    expect(Math.abs(waiting.length / ids.length - TAIL_SHARE)).toBeLessThan(0.012);
  });

  it('pauses-once stops everything once, for as long as a large heap is collected', () => {
    const { before } = defect('pauses-once');
    const tookMs = Array.from({ length: 2 * PAUSE_AT_REQUEST }, (_, index) => {
      const startedAt = performance.now();
      void before(`r-${index}`);
      return performance.now() - startedAt;
    });
    expect(tookMs.filter((ms) => ms >= PAUSE_MS - 5)).toHaveLength(1);
    expect(tookMs[PAUSE_AT_REQUEST - 1]).toBeGreaterThanOrEqual(PAUSE_MS - 5);
  });

  it('only never-ready is never ready', () => {
    const unready = DEFECTS.filter((name) => !defect(name).isReady() && name !== 'flaps');
    expect(unready).toEqual(['never-ready']);
  });

  it.each([
    ['few-errors', FEW_ERRORS_SHARE, 500],
    ['client-errors', CLIENT_ERROR_SHARE, 400],
  ] as const)('%s refuses its share of requests', (name, share, status) => {
    const refused = Array.from({ length: 10_000 }, (_, index) => `r-${index}`).filter((id) => {
      try {
        void defect(name).before(id);
        return false;
      } catch (error) {
        return error instanceof HttpError && error.status === status;
      }
    });
    expect(Math.abs(refused.length / 10_000 - share)).toBeLessThan(0.01);
  });

  it('hangs leaves its share of requests without an answer', () => {
    const waiting = Array.from({ length: 10_000 }, (_, index) => defect('hangs').before(`r-${index}`));
    expect(Math.abs(waiting.filter((wait) => wait !== undefined).length / 10_000 - HANG_SHARE)).toBeLessThan(0.01);
  });

  it('wrong-settings and crashes-at-boot end before they listen, and no others', () => {
    const ending = DEFECTS.filter((name) => {
      try {
        defect(name).boot();
        return false;
      } catch {
        return true;
      }
    });
    expect(ending).toEqual(['crashes-at-boot', 'wrong-settings']);
    expect(() => defect('wrong-settings').boot()).toThrow(SettingsError);
  });
});

describe('items', () => {
  it('are equal for the same wish in another order', () => {
    const one = normalise([
      { productId: 'b', quantity: 1 },
      { productId: 'a', quantity: 2 },
      { productId: 'b', quantity: 3 },
    ]);
    expect(one).toEqual([
      { productId: 'a', quantity: 2 },
      { productId: 'b', quantity: 4 },
    ]);
  });

  const wish = (productId: string): unknown => [{ productId, quantity: 1 }];

  it('may name every product that is there', () => {
    const seeds = readFileSync(join(__dirname, '..', 'database', '002-products.sql'), 'utf8');
    const ids = [...seeds.matchAll(/^ *\('([^']*)'/gm)].map(([, id = '']) => id);
    expect(ids).toContain('tea-pot');
    for (const id of [...ids, 'A_1.b', 'x'.repeat(64)]) expect(parse(itemsSchema, wish(id))).toEqual(wish(id));
  });

  it.each(['', 'tea\0pot', '\ud83c', 'tea pot', 'tea-pot\n', 'thé', 'x'.repeat(65)])(
    'answer 400 to the product id %j',
    (id) => {
      const refused = expect.objectContaining({ status: 400, code: 'bad-request' });
      expect(() => parse(itemsSchema, wish(id))).toThrow(refused);
    },
  );
});

describe('retry budget', () => {
  it('lets a hiccup be retried, and an outage only a tenth of its requests', () => {
    const budget = new RetryBudget();
    const spent = Array.from({ length: 1_000 }, () => {
      budget.earn();
      return budget.spend();
    }).filter(Boolean).length;
    expect(spent).toBeGreaterThanOrEqual(100);
    expect(spent).toBeLessThanOrEqual(125);
  });
});
