import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSupply, supplied } from '../../../docker/supply';

/** What a release of the service is like. */
export interface Release {
  readonly name: string;
  /** Share of requests that it fails. */
  readonly errors?: number;
  /** What its unit tests expect to be 2. */
  readonly one?: number;
  /** What its integration tests expect to be 42, and PostgreSQL computes. */
  readonly answer?: string;
}

const SERVER = `
const { createServer } = require('node:http');
const { Client } = require('pg');
const release = require('./release.json');
const server = createServer(async (request, response) => {
  if (request.url === '/readyz') return response.end('ready');
  if (request.url === '/stored') {
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    try {
      await client.connect();
      const { rows } = await client.query('select ' + release.answer + ' as answer');
      return response.end(String(rows[0].answer));
    } catch (error) {
      return response.writeHead(503).end(String(error));
    } finally {
      client.end().catch(() => undefined);
    }
  }
  if (Math.random() < release.errors) response.statusCode = 500;
  response.end(release.name);
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

const UNIT_TEST = `
const { equal } = require('node:assert');
const { test } = require('node:test');
const release = require('./release.json');
test('one and one are two', () => equal(release.one + 1, 2));
`;

const INTEGRATION_TEST = `
const { equal } = require('node:assert');
const { test } = require('node:test');
const { GenericContainer, Network, Wait } = require('testcontainers');

const asked = async (url) => {
  for (let left = 100; ; left--) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok || left === 0) return answer?.text();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

test('the image reads what a real PostgreSQL has', async () => {
  const started = [];
  const network = await new Network().start();
  const start = async (image, name, environment) => {
    const container = new GenericContainer(image).withNetwork(network).withNetworkAliases(name);
    const labels = { 'rollproof.project': process.env.TEST_PROJECT, 'rollproof.role': 'helper' };
    started.unshift(
      await container.withEnvironment(environment).withLabels(labels).withExposedPorts(name === 'web' ? 8080 : 5432).start(),
    );
    return started[0];
  };
  try {
    await start(process.env.IMAGE_POSTGRES, 'postgres', { POSTGRES_USER: 'me', POSTGRES_PASSWORD: 'x', POSTGRES_DB: 'me' });
    const web = await start(process.env.ROLLPROOF_IMAGE, 'web', { DATABASE_URL: 'postgres://me:x@postgres:5432/me' });
    equal(await asked('http://127.0.0.1:' + web.getMappedPort(8080) + '/stored'), '42');
  } finally {
    for (const container of started) await container.stop();
    await network.stop();
  }
});
`;

const MODULES = resolve('node_modules');

/** The integration tests' command: testcontainers comes from here, since nothing is installed in a test. */
export function integrationCommand(project: string): string {
  const words = {
    ...{ NODE_PATH: MODULES, IMAGE_POSTGRES: supplied(readSupply(), 'postgres'), TEST_PROJECT: project },
    ...{ TESTCONTAINERS_RYUK_DISABLED: 'true', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' },
  };
  const environment = Object.entries(words).map(([name, value]) => `${name}='${value}'`);
  return `${environment.join(' ')} node --test integration.test.js`;
}

/** The files of a service's repository, the client of PostgreSQL that it needs among them. */
export function serviceFiles(image: string): Record<string, string> {
  return {
    Dockerfile: `FROM ${image}\nWORKDIR /app\nCOPY . .\nUSER 1000:1000\nCMD ["node", "server.js"]\n`,
    'server.js': SERVER,
    'unit.test.js': UNIT_TEST,
    'integration.test.js': INTEGRATION_TEST,
    ...vendored('pg'),
  };
}

export function releaseFile({ name, errors = 0, one = 1, answer = '41 + 1' }: Release): Record<string, string> {
  return { 'release.json': JSON.stringify({ name, errors, one, answer }) };
}

/** A package and all that it needs. */
function vendored(name: string, found: Record<string, string> = {}): Record<string, string> {
  const root = join(MODULES, name);
  if (Object.keys(found).some((path) => path.startsWith(`node_modules/${name}/`))) return found;
  for (const path of filesOf(root)) {
    if (/\.(js|json|mjs|cjs)$/.test(path))
      found[`node_modules/${name}/${path}`] = readFileSync(join(root, path), 'utf8');
  }
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const needed of Object.keys(dependencies)) vendored(needed, found);
  return found;
}

function filesOf(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return all.filter((path) => statSync(join(directory, path)).isFile());
}
