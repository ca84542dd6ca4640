import { describe, expect, it } from '@jest/globals';
import { emptyFront, frontConfig, stateFiles } from './config';
import { parseCopies } from './copies';
import { copyText, parseAnswer } from './copy-text';

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64').replaceAll('=', '\\=');
const row = (method: string, path: string, head: string) =>
  `0x7f8744e294d0: key=${method}.${base64(path)}.${base64(head)} use=0 exp=9755 shard=0 `;
const HEADER = '# table: copies, type: string, size:64, used:1';

describe('copies in a front', () => {
  it('are of requests that read, whole', () => {
    const lines = [
      HEADER,
      row('GET', '/orders/7?q=a b', 'Host: orders\r\nCookie: a=b; c\r\nAccept: x\r\nAccept: y\r\n\r\n'),
      row('POST', '/orders', 'host: orders\r\n\r\n'),
      '',
    ];
    expect(parseCopies(lines)).toEqual([
      {
        method: 'GET',
        path: '/orders/7?q=a b',
        headers: [
          ['host', 'orders'],
          ['cookie', 'a=b; c'],
          ['accept', 'x'],
          ['accept', 'y'],
        ],
      },
    ]);
  });

  it('are unknown to a front of an older version', () => {
    expect(parseCopies(['No such table', ''])).toBeUndefined();
    expect(parseCopies([HEADER, ''])).toEqual([]);
  });

  it('are taken of no request with another method, with a body, or of ours; and none is made until somebody asks', () => {
    const config = frontConfig(emptyFront('orders', 8080, '/readyz'));
    expect(config).toContain('acl is_safe method GET HEAD OPTIONS\n');
    expect(config).toMatch(/set-var-fmt\(txn\.copy\) .* if is_copying is_safe !has_more !is_ours\n/);
    expect(stateFiles(emptyFront('orders', 8080, '/readyz'))['copy.map']).toBe('until 0\n');
  });

  it('come in where no other method does, are marked, and are not in the log', () => {
    const entrance = /frontend shadow\n[^]*?\n\n/.exec(frontConfig(emptyFront('orders', 8080, '/readyz')))?.[0];
    expect(entrance).toContain('no log\n  http-request deny status 405 unless { method GET HEAD OPTIONS }\n');
    expect(entrance).toContain('http-request set-header x-rollproof-shadow 1\n');
  });
});

describe('a copy', () => {
  it('is the request, but for what belongs to its connection or would have a part of the answer sent', () => {
    const headers = [
      ['host', 'orders'],
      ['authorization', 'Bearer x'],
      ['connection', 'keep-alive'],
      ['if-none-match', '"1"'],
      ['accept-encoding', 'gzip'],
      ['x-request-id', 'theirs'],
      ['x-rollproof-revision', 'other-r1'],
    ] as const;
    expect(copyText({ method: 'GET', path: '/a?b', headers }, { to: 'orders-r2', id: 'ours' }).split('\r\n')).toEqual([
      ...['GET /a?b HTTP/1.1', 'host: orders', 'authorization: Bearer x', 'x-request-id: ours'],
      ...['x-rollproof-revision: orders-r2', 'connection: close', '', ''],
    ]);
  });
});

describe('the answer to a copy', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nX-Rollproof-Revision: orders-r2\r\nx-rollproof-took-us: 1500\r\n';

  it('is read with who gave it, and in which time', () => {
    expect(parseAnswer(`${HEAD}content-length: 2\r\n\r\nok`, 'GET')).toMatchObject({
      ...{ status: 200, body: 'ok', revision: 'orders-r2', latencyMs: 1.5 },
    });
    expect(parseAnswer(`${HEAD}\r\nok`, 'GET')).toMatchObject({ body: 'ok' });
    expect(
      parseAnswer(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n1;x\r\n!\r\n0\r\n\r\n`, 'GET'),
    ).toMatchObject({
      body: 'ok!',
    });
    expect(parseAnswer(`HTTP/1.1 103 Early Hints\r\n\r\n${HEAD}\r\nok`, 'GET')).toMatchObject({ status: 200 });
    expect(parseAnswer(`${HEAD}content-length: 9\r\n\r\n`, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['nothing', ''],
    ['half of a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['half of a body', `${HEAD}content-length: 20\r\n\r\nok`],
    ['a body without its last chunk', `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['half of a chunk', `${HEAD}transfer-encoding: chunked\r\n\r\n20\r\nok`],
  ])('is none, where %s came', (_, text) => {
    expect(parseAnswer(text, 'GET')).toBeUndefined();
  });
});
