import { expect, it } from '@jest/globals';
import { initFiles, type InitFacts } from './files';

const facts: InitFacts = {
  ...{ name: 'books', composeFiles: ['compose.yaml'], module: 'rollproof', lookedMs: 30_000 },
  managed: [
    { service: 'web-app', port: 8080, readiness: '/healthz', why: 'it answered 200 to GET /healthz on port 8080' },
  ],
  left: [{ service: 'db', why: 'it listens on 5432 and answered no GET with 2xx there' }],
  edges: [{ from: 'web-app', to: 'db', port: 5432, why: 'depends_on' }],
  load: {
    ...{ service: 'web-app', port: 8080, isUnpublished: false, why: 'port 8080 is published' },
    requests: [
      { path: '/', weight: 2, why: 'it was answered with 2xx' },
      { path: '/v1/books?page=1', weight: 1, why: 'a.har has it' },
    ],
  },
};

it('writes a configuration that says of each guess what it rests on', () => {
  expect(initFiles(facts)['rollproof.config.ts']).toBe(`import { defineStack, edge } from 'rollproof';

// Begun by \`rollproof init\`, which looked at the running project for 30 s. Every line is yours to change.
export const config = defineStack({
  name: 'books',
  // As docker compose finds them here.
  composeFiles: ['compose.yaml'],
  // The services that you release: each gets a front, which takes its name and spreads its traffic over revisions.
  managed: {
    // it answered 200 to GET /healthz on port 8080
    'web-app': { port: 8080, readiness: '/healthz' },
    // not db: it listens on 5432 and answered no GET with 2xx there
  },
  // Calls that faults may be put on.
  edges: {
    // depends_on
    webAppToDb: edge('web-app', 'db:5432'),
  },
  // port 8080 is published
  load: {
    service: 'web-app',
    port: 8080,
    ratePerSecond: 50,
    requests: {
      // Add what your users do, and a \`check\` that says what a right answer is.
      // it was answered with 2xx
      home: { weight: 2, build: () => ({ method: 'GET', path: '/' }) },
      // a.har has it
      v1Books: { weight: 1, build: () => ({ method: 'GET', path: '/v1/books?page=1' }) },
    },
  },
});
`);
});

it('begins a scenario, and publishes the port of the load beside the project where nobody does', () => {
  expect(Object.keys(initFiles(facts))).toEqual(['rollproof.config.ts', 'rollproof.scenario.ts']);
  const load = { ...facts.load!, isUnpublished: true };
  const files = initFiles({ ...facts, load });
  expect(files['rollproof.compose.yaml']).toContain('"web-app":\n    ports:\n      - "8080"');
  expect(files['rollproof.config.ts']).toContain("composeFiles: ['compose.yaml', 'rollproof.compose.yaml']");
});
