import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describedRequests } from './described-requests';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'described-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('takes from an OpenAPI description the reads that need nothing filled in', () => {
  mkdirSync(join(folder, 'api'));
  writeFileSync(
    join(folder, 'api', 'openapi.yaml'),
    `openapi: 3.1.0
servers: [{ url: 'https://books.example/v1' }]
paths:
  /books: { get: {}, post: {} }
  /books/{id}: { get: {} }
  /orders: { post: {} }
`,
  );
  expect(describedRequests(folder)).toEqual([{ path: '/v1/books', weight: 1, from: 'api/openapi.yaml' }]);
});

it('takes from a recording the reads that were answered well, as often as they came', () => {
  const entry = (method: string, url: string, status: number) => ({ request: { method, url }, response: { status } });
  const entries = [
    entry('GET', 'http://localhost:8080/', 200),
    entry('GET', 'http://localhost:8080/books?page=1', 200),
    entry('GET', 'http://localhost:8080/books?page=1', 200),
    entry('GET', 'http://localhost:8080/gone', 404),
    entry('POST', 'http://localhost:8080/books', 201),
  ];
  writeFileSync(join(folder, 'shop.har'), JSON.stringify({ log: { entries } }));
  expect(describedRequests(folder).map(({ path, weight }) => [path, weight])).toEqual([
    ['/books?page=1', 2],
    ['/', 1],
  ]);
});

it('finds nothing in what is only called so, nor where nothing is', () => {
  writeFileSync(join(folder, 'openapi.json'), '{"paths": 3');
  writeFileSync(join(folder, 'a.har'), '[]');
  expect(describedRequests(folder)).toEqual([]);
});
