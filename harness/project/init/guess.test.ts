import { expect, it } from '@jest/globals';
import type { ServiceFacts } from './facts';
import { guess } from './guess';
import { NO_SUCH_PATH } from './readiness-paths';

const quiet: ServiceFacts = {
  ...{ name: 'x', image: 'x', isBuilt: false, published: [], dependsOn: [], environment: {}, writes: [] },
  ...{ state: 'runs', seen: { listens: [], answers: [], connections: [] } },
};

const facts = (
  name: string,
  { seen = {}, ...own }: Partial<Omit<ServiceFacts, 'seen'>> & { readonly seen?: Partial<ServiceFacts['seen']> } = {},
) => ({
  ...quiet,
  ...{ name, image: name, ...own },
  seen: { ...quiet.seen, ...seen },
});

const web = facts('web', {
  ...{ image: 'me/web', isBuilt: true, published: [8080], dependsOn: ['db'] },
  environment: { DATABASE_URL: 'postgres://me:secret@db:5432/app', CACHE: 'cache' },
  seen: {
    listens: [8080, 9100],
    answers: [
      { port: 8080, path: NO_SUCH_PATH, status: 404 },
      { port: 8080, path: '/healthz', status: 200 },
      { port: 9100, path: '/', status: 200 },
    ],
    connections: [{ to: 'db', port: 5432 }],
  },
});
const db = facts('db', { image: 'postgres:17', writes: ['data'], seen: { listens: [5432] } });
const cache = facts('cache', { image: 'docker.io/library/redis:7', seen: { listens: [6379] } });

it('releases what is built here and answers, by the path that it answered', () => {
  const { managed, left, load } = guess([web, db, cache]);
  expect(managed).toEqual([
    {
      ...{ service: 'web', port: 8080, readiness: '/healthz' },
      why: 'it answered 200 to GET /healthz on port 8080; it is built from this project',
    },
  ]);
  expect(left.map(({ service }) => service)).toEqual(['db', 'cache']);
  expect(load).toEqual({
    ...{ service: 'web', port: 8080, isUnpublished: false },
    requests: [{ path: '/healthz', weight: 1, why: 'it was answered with 2xx' }],
    why: 'port 8080 is published; no other service calls it',
  });
});

it('takes connections, variables and depends_on for calls, and shows no value', () => {
  expect(guess([web, db, cache]).edges).toEqual([
    { from: 'web', to: 'db', port: 5432, why: 'a connection to port 5432 was seen; DATABASE_URL names it; depends_on' },
    { from: 'web', to: 'cache', port: 6379, why: 'CACHE names it' },
  ]);
});

it('guesses no call to what listens on nothing, nor by a name that is only part of another', () => {
  const worker = facts('worker', { dependsOn: ['job'], environment: { URL: 'http://web-old:80/', NAME: 'website' } });
  expect(guess([worker, web, facts('job', { state: 'done' })]).edges).toEqual([]);
});

it('sees through who answers every path alike', () => {
  const spa = facts('spa', { seen: { listens: [80], answers: [{ port: 80, path: NO_SUCH_PATH, status: 200 }] } });
  const { managed, load } = guess([spa]);
  expect(managed).toMatchObject([{ readiness: '/', why: 'it answered 200 to GET / on port 80, as to every path' }]);
  expect(load).toMatchObject({ requests: [{ path: '/' }], isUnpublished: true });
});

it('leaves what is configured and not written, and what keeps data, unless nothing else is there', () => {
  const answers = { listens: [3000], answers: [{ port: 3000, path: '/api/health', status: 200 }] };
  const grafana = facts('grafana', { image: 'grafana/grafana:11.1', seen: answers });
  const wiki = facts('wiki', { image: 'someone/wiki', writes: ['pages'], seen: answers });
  expect(guess([web, grafana, wiki]).managed.map(({ service }) => service)).toEqual(['web']);
  expect(guess([web, grafana, wiki]).left).toEqual([
    { service: 'grafana', why: 'its image, grafana/grafana:11.1, is configured here and not written' },
    { service: 'wiki', why: 'it keeps data in pages: two revisions would write there at once' },
  ]);
  expect(guess([grafana]).managed.map(({ service }) => service)).toEqual(['grafana']);
});

it('says why it leaves jobs, workers and what did not run', () => {
  const all = [facts('migrate', { state: 'done' }), facts('mailer'), facts('broken', { state: 'failed' })];
  const { managed, left, load } = guess([...all, db]);
  expect([managed, load]).toEqual([[], undefined]);
  expect(left.map(({ why }) => why)).toEqual([
    'it is a job: it did its work and ended with 0',
    'it listens on no port: if it takes work from a queue, it can be a worker',
    'it did not run while it was looked at',
    'it listens on 5432 and answered no GET with 2xx there',
  ]);
});

it('sends its load to where users come in', () => {
  const answers = { listens: [80], answers: [{ port: 80, path: '/', status: 200 }] };
  const gateway = facts('gateway', { published: [80], environment: { API: 'http://api:80' }, seen: answers });
  const api = facts('api', { published: [80], seen: answers });
  expect(guess([api, gateway]).load).toMatchObject({ service: 'gateway', requests: [{ path: '/' }] });
});

it('sends what a file tells of, where it was answered', () => {
  const described = [
    { path: '/healthz', weight: 3, from: 'api/openapi.yaml' },
    { path: '/secret', weight: 1, from: 'api/openapi.yaml' },
  ];
  expect(guess([web, db], described).load?.requests).toEqual([
    { path: '/healthz', weight: 3, why: 'api/openapi.yaml has it; it was answered with 2xx' },
  ]);
});
