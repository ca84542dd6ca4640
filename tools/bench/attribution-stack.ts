/** Requests a second of the load, in every case that does not change it. */
export const RATE_PER_SECOND = 100;

/** Replicas of the service that is released. */
const REPLICAS = 3;

/**
 * Asks its dependency for each answer. Its image says how it fails: a share of the requests (`FAILS`), or of one replica alone (`SICK`), wrong
 * answers with 200 (`WRONG`), or all of them later (`SLOW_MS`). The dependency counts the replicas of a revision: the first one is the sick one.
 */
const WEB = `
const http = require('node:http');
const { FAILS = 0, SICK = 0, WRONG = 0, SLOW_MS = 0, ROLLPROOF_REVISION } = process.env;
const agent = new http.Agent({ keepAlive: true });
const ask = (path, then) => {
  http.get({ host: 'back', port: 9000, path, agent }, (answer) => {
    let text = '';
    answer.on('data', (part) => (text += part));
    answer.on('end', () => then(answer.statusCode, text));
  }).on('error', () => then(502, ''));
};
let fails = Number(FAILS);
let isReady = false;
const take = () => ask('/number?of=' + ROLLPROOF_REVISION, (status, number) => {
  if (status !== 200) return setTimeout(take, 200);
  if (number === '1') fails = Math.max(fails, Number(SICK));
  isReady = true;
});
take();
const server = http.createServer((request, response) => {
  const end = (status, text) => { response.statusCode = status; response.end(text); };
  if (request.url === '/readyz') return end(isReady ? 200 : 503, '');
  if (Math.random() < fails) return end(500, 'broken');
  ask('/work', (status, text) => {
    const told = Math.random() < Number(WRONG) ? '' : text;
    if (Number(SLOW_MS) === 0) return end(status, told);
    setTimeout(end, Number(SLOW_MS), status, told);
  });
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

/** The dependency: one request after the other, each for so long, so that it can be asked too much; and as bad as it was told to be. */
const BACK = `
const http = require('node:http');
const WORK_MS = 3;
let mode = { errors: 0, slowMs: 0 };
const numbers = {};
let last = Promise.resolve();
const work = () => (last = last.then(() => new Promise((done) => setTimeout(done, WORK_MS))));
const server = http.createServer(async (request, response) => {
  const end = (status, text) => { response.statusCode = status; response.end(text); };
  const { pathname, searchParams } = new URL(request.url, 'http://back');
  if (pathname === '/number') {
    const of = searchParams.get('of');
    return end(200, String((numbers[of] = (numbers[of] ?? 0) + 1)));
  }
  if (pathname === '/mode') {
    mode = { errors: Number(searchParams.get('errors')), slowMs: Number(searchParams.get('slowMs')) };
    return end(200, '');
  }
  await work();
  if (mode.slowMs > 0) await new Promise((done) => setTimeout(done, mode.slowMs));
  return Math.random() < mode.errors ? end(503, '') : end(200, 'order');
});
server.keepAliveTimeout = 75000;
server.listen(9000);
process.on('SIGTERM', () => process.exit(0));
`;

/** One service of three replicas in front of a dependency. */
export function composeFile(image: string): string {
  const node = { image, init: true, stop_grace_period: '1s' };
  return JSON.stringify({
    services: {
      web: { ...node, entrypoint: ['node', '-e', WEB], scale: REPLICAS, ports: ['127.0.0.1::8080'] },
      back: { ...node, entrypoint: ['node', '-e', BACK], ports: ['127.0.0.1::9000'] },
    },
  });
}

export const CONFIG_FILE = `export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { web: { port: 8080, readiness: '/readyz' } },
  load: {
    service: 'web',
    port: 8080,
    ratePerSecond: ${RATE_PER_SECOND},
    requests: {
      get: {
        weight: 1,
        build: () => ({ method: 'GET', path: '/' }),
        check: ({ body }) => (body === '' ? 'no order' : undefined),
      },
    },
  },
};
`;
