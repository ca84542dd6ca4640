import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pager } from '../../../harness/observe/pager';
import { createPager } from './pager';

const notification = {
  status: 'firing',
  receiver: 'pager',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'A', service: 'orders' },
      annotations: { summary: 's' },
      startsAt: '2026-11-26T12:00:00Z',
      fingerprint: 'f',
    },
  ],
};

describe('the pager', () => {
  const pager = createPager(() => 1_234);
  let url = '';
  const send = (method: string, body?: string) =>
    fetch(`${url}/alerts`, { method, ...(body === undefined ? {} : { body }) });

  beforeEach(async () => {
    await new Promise<void>((resolve) => pager.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(pager.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    pager.closeAllConnections();
    pager.close();
  });

  it('keeps what it is sent with the time it came, as the harness reads it, and forgets it when asked', async () => {
    expect((await send('POST', JSON.stringify(notification))).status).toBe(202);
    expect(await (await send('GET')).json()).toEqual([{ receivedAtMs: 1_234, notification }]);
    expect(await new Pager(url).list()).toEqual([
      {
        receivedAtMs: 1_234,
        alert: 'A',
        status: 'firing',
        labels: { service: 'orders' },
        annotations: { summary: 's' },
        startsAtMs: Date.parse('2026-11-26T12:00:00Z'),
        fingerprint: 'f',
      },
    ]);
    expect((await send('DELETE')).status).toBe(204);
    expect(await new Pager(url).list()).toEqual([]);
  });

  it.each(['no JSON', 'null', '{"hello":1}', '{"status":"firing","alerts":[{}]}'])(
    'refuses what no Alertmanager sends: %s',
    async (body) => {
      expect((await send('POST', body)).status).toBe(400);
      expect(await (await send('GET')).json()).toEqual([]);
    },
  );

  it('is ready, and has nothing else', async () => {
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  });
});

it('is probed as the services are: each image has a build context of its own, and so a copy', () => {
  const read = (path: string) => readFileSync(join(__dirname, path), 'utf8');
  expect(read('probe.sh')).toBe(read('../../services/probe.sh'));
});
