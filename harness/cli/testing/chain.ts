import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE, TinyProject } from './tiny-project';

/** Asks the next one, and says who answered on the way. */
const SERVER = `
const http = require('node:http');
const { NEXT, FAIL, VERSION } = process.env;
const agent = new http.Agent({ keepAlive: true, timeout: 10000 });
const server = http.createServer((request, response) => {
  const end = (status, text) => { response.statusCode = status; response.end(text); };
  if (request.url === '/readyz') return end(200, 'ready');
  if (Math.random() < Number(FAIL || 0)) return end(500, 'broken');
  if (!NEXT) return end(200, VERSION);
  const headers = { 'x-request-id': request.headers['x-request-id'] || 'none' };
  http.get(NEXT, { agent, headers }, (answer) => {
    let text = '';
    answer.on('data', (part) => (text += part));
    answer.on('end', () => end(answer.statusCode, VERSION + ' ' + text));
  }).on('error', () => end(502, 'nobody'));
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** A version of a chain of services. */
export interface ChainVersion {
  readonly version: string;
  /** Of the service that fails, and the share of its requests. */
  readonly failing?: { readonly service: string; readonly share: number };
}

/** A chain of managed services, each of which asks the next one; its entry comes first and is called `web`. */
export interface ChainOptions {
  readonly services: readonly string[];
  /** More of them, which come after those, and which only odd versions have. */
  readonly odd?: readonly string[];
  /** Of services that have more than one. */
  readonly replicas?: Readonly<Record<string, number>>;
}

/** A compose project of a chain behind a migration, beside a cache, with one service that only odd versions have and one that only even ones have. */
export class ChainProject implements AsyncDisposable {
  private constructor(
    readonly tiny: TinyProject,
    private readonly options: ChainOptions,
  ) {}

  /** Those that every version has. */
  get commonServices(): readonly string[] {
    return this.options.services;
  }

  /** Those of a version, as each asks the next one. */
  servicesOf(version: string): readonly string[] {
    return servicesOf(this.options, version);
  }

  /** At version 1, not up yet. */
  static async create(options: ChainOptions): Promise<ChainProject> {
    const chain = new ChainProject(await TinyProject.create({ config: config(options) }), options);
    chain.write('compose.yaml', { version: '1' });
    return chain;
  }

  /** Writes the compose file of a version beside the configuration. */
  write(file: string, version: ChainVersion): void {
    writeFileSync(join(this.tiny.directory, file), compose(this.tiny.port, this.options, version));
  }

  /** What users are answered when every service is of one version. */
  answerOf(version: string): string {
    return this.servicesOf(version)
      .map(() => version)
      .join(' ');
  }

  /** The one that a version has, and its neighbours have not. */
  static passing(version: string): 'odd' | 'even' {
    return isOdd(version) ? 'odd' : 'even';
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.tiny[Symbol.asyncDispose]();
  }
}

const isOdd = (version: string) => Number(version) % 2 === 1;

function servicesOf({ services, odd = [] }: ChainOptions, version: string): readonly string[] {
  return isOdd(version) ? [...services, ...odd] : services;
}

function compose(port: number, options: ChainOptions, { version, failing }: ChainVersion): string {
  const { replicas = {} } = options;
  const services = servicesOf(options, version);
  const node = { image: IMAGE, init: true };
  const environment = { VERSION: version };
  const idle = { ...node, entrypoint: ['sleep', '3600'], environment, stop_grace_period: '1s' };
  const chain = services.map((service, index) => {
    const next = services[index + 1];
    const more = {
      ...(next === undefined ? {} : { NEXT: `http://${next}:8080/` }),
      ...(service === failing?.service ? { FAIL: String(failing.share) } : {}),
    };
    const waits = next === undefined ? { migrate: { condition: 'service_completed_successfully' } } : {};
    return [
      service,
      {
        ...{ ...node, entrypoint: ['node', '-e', SERVER], environment: { ...environment, ...more } },
        depends_on: { ...waits, ...(next === undefined ? {} : { [next]: { condition: 'service_started' } }) },
        ...(index === 0 ? { ports: [`127.0.0.1:${port}:8080`] } : {}),
        ...(replicas[service] === undefined ? {} : { scale: replicas[service] }),
      },
    ] as const;
  });
  const migrate = {
    ...node,
    entrypoint: ['node', '-e', 'console.log("migrated to", process.env.VERSION)'],
    environment,
  };
  return JSON.stringify({
    services: { ...Object.fromEntries(chain), migrate, cache: idle, [ChainProject.passing(version)]: idle },
  });
}

function config({ services, odd = [] }: ChainOptions): string {
  const managed = [...services, ...odd].map((service) => `${service}: { port: 8080, readiness: '/readyz' }`);
  return `export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: { ${managed.join(', ')} },
  load: {
    service: 'web', port: 8080, ratePerSecond: 50,
    requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } },
  },
};
`;
}
