import { describe, expect, it } from '@jest/globals';
import type { ShopRequest } from '../kit/server';
import { pagerRoutes } from './pager';

const request = (body?: unknown): ShopRequest => ({
  requestId: 'r',
  params: {},
  headers: {},
  text: '',
  json: () => body,
});
const firing = { status: 'firing', receiver: 'pager', alerts: [{ status: 'firing', labels: { alertname: 'A' } }] };

describe('pager', () => {
  it('keeps what it is sent with the time it came, and forgets it when asked', async () => {
    const routes = pagerRoutes(() => 1_234);
    expect(await routes['POST /alerts']?.(request(firing))).toMatchObject({ status: 202 });
    expect(await routes['GET /alerts']?.(request())).toEqual({
      status: 200,
      body: [{ receivedAtMs: 1_234, notification: firing }],
    });
    await routes['DELETE /alerts']?.(request());
    expect(await routes['GET /alerts']?.(request())).toEqual({ status: 200, body: [] });
  });

  it('refuses what no Alertmanager sends', () => {
    expect(() => pagerRoutes()['POST /alerts']?.(request({ hello: 1 }))).toThrow(/status/);
  });
});
