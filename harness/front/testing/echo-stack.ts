import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { every, sleep, wallMs } from '../../core/clock';
import { runAll } from '../../core/errors';
import { revisionImage } from '../../core/image-names';
import type { ManagedService } from '../../contract/config';
import { MemoryJournal } from '../../contract/journal';
import { poll } from '../../core/poll';
import { definitionOf } from '../../compose/definition';
import { instrument } from '../../compose/instrument';
import type { ComposeModel } from '../../compose/model';
import { ComposeProject } from '../../compose/project';
import type { LogCompleteness } from '../../docker/container-log';
import { publishedEndpoint } from '../../docker/containers';
import { tagImage } from '../../docker/images';
import { testProject } from '../../docker/testing/test-projects';
import { readSupply, supplied } from '../../docker/supply';
import type { Front } from '../front';
import { FrontKeeper, type KeptRevision } from '../keeper';
import { openWitnesses, type Witness, type Witnesses } from '../witness';
import type { WitnessLine } from '../witness-line';

const SUPPLY = readSupply();
const IMAGE = supplied(SUPPLY, 'node');

/** A service that says who it is, has orders, and does as its `/mode/…` was last told. `/seen` tells of the requests that came. */
const PROGRAM = `
const http = require('node:http');
let errors = 0;
let posts = 0;
let isReady = true;
const seen = {};
const order = (request) => ({
  id: request.url.split('/')[2],
  [process.env.TOTAL_AS ?? 'total']: 12.5,
  at: Date.now(),
  who: request.headers.authorization,
});
const server = http.createServer((request, response) => {
  const url = request.url;
  if (url === '/readyz') return response.writeHead(isReady ? 200 : 503).end();
  if (url === '/seen') return response.end(JSON.stringify(seen));
  const by = (request.headers['x-rollproof-shadow'] === '1' ? 'copy ' : 'user ') + request.method;
  seen[by] = (seen[by] ?? 0) + 1;
  if (url.startsWith('/orders/')) {
    response.writeHead(Number(process.env.ORDER_STATUS ?? 200), { 'content-type': 'application/json' });
    return response.end(JSON.stringify(order(request)));
  }
  if (url === '/unready') { isReady = false; return response.end(); }
  if (url === '/posts') return response.end(String(posts));
  if (url.startsWith('/errors/')) { errors = Number(url.slice(8)); return response.end(); }
  if (url === '/drop') { if (request.method === 'POST') posts++; return request.socket.destroy(); }
  if (url.startsWith('/slow')) return setTimeout(() => response.end(process.env.ROLLPROOF_REVISION), 2000);
  response.statusCode = Math.random() < errors ? 500 : 200;
  response.end(process.env.ROLLPROOF_REVISION);
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

export const ECHO = 'echo';

export interface EchoAnswer {
  readonly status: number;
  readonly body: string;
  readonly revision: string | undefined;
  /** What it sets. */
  readonly cookies?: readonly string[];
  readonly startedAtMs: number;
}

/** A project with one managed service, for tests of the front. Everything it makes is removed when it is let go. */
export class EchoStack implements AsyncDisposable {
  readonly project = testProject('rp-front-test');
  readonly journal = new MemoryJournal();
  readonly revisions: KeptRevision[] = [];
  readonly witnessed: WitnessLine[] = [];
  readonly compose: ComposeProject;
  /** Set to make every look of the keeper fail. */
  keeperIsBlind = false;
  readonly #directory = mkdtempSync(join(tmpdir(), 'front-test-'));
  readonly #end = new AbortController();
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: 10_000, maxSockets: 64 });
  #keeper: FrontKeeper | undefined;
  #witnesses: Witnesses | undefined;
  #port = 0;

  private constructor(private readonly managed: Readonly<Record<string, ManagedService>>) {
    this.compose = new ComposeProject({ project: this.project, stateDir: this.#directory });
  }

  static async start(more: Partial<ManagedService> = {}): Promise<EchoStack> {
    const stack = new EchoStack({ [ECHO]: { port: 8080, readiness: '/readyz', ...more } });
    try {
      await stack.#start();
    } catch (error) {
      await stack[Symbol.asyncDispose]().catch(() => undefined);
      throw error;
    }
    return stack;
  }

  async #start(): Promise<void> {
    await this.addRevision(1, 'blue');
    this.#keeper = await FrontKeeper.start({
      project: this.project,
      services: () => Object.keys(this.managed),
      revisions: () => {
        if (this.keeperIsBlind) throw new Error('the keeper is blind');
        return this.revisions;
      },
      signal: this.#end.signal,
      journal: this.journal,
    });
    this.#witnesses = await openWitnesses({ project: this.project, services: () => [ECHO] });
    this.witness.on('line', (line) => this.witnessed.push(line));
    await this.compose.up({ timeoutMs: 90_000 });
    await this.locate();
  }

  get keeper(): FrontKeeper {
    if (this.#keeper === undefined) throw new Error('not started');
    return this.#keeper;
  }

  get witness(): Witness {
    if (this.#witnesses === undefined) throw new Error('not started');
    return this.#witnesses.of(ECHO);
  }

  /** Ends the witness, with what it has not told of yet. */
  async closeWitness(): Promise<readonly LogCompleteness[]> {
    return (await this.#witnesses?.close()) ?? [];
  }

  front(): Promise<Front> {
    return this.keeper.front(ECHO);
  }

  /** Adds a revision and writes the model; its containers are brought up by the caller. */
  async addRevision(number: number, slot: 'blue' | 'green'): Promise<void> {
    await tagImage(IMAGE, revisionImage(this.project, ECHO, number));
    const status = number === 1 ? 'stable' : 'candidate';
    this.revisions.push({ service: ECHO, number, slot, label: `${ECHO}-r${number}`, status });
    this.compose.write(this.model(this.revisions.length));
  }

  /** The model with the first revisions. */
  model(revisions: number): ComposeModel {
    return instrument({
      model: USER_MODEL,
      project: this.project,
      managed: this.managed,
      revisions: this.revisions.slice(0, revisions).map((revision) => ({ definition: DEFINITION, ...revision })),
      frontImage: supplied(SUPPLY, 'front'),
      publish: 'ephemeral',
    });
  }

  /** Finds the front's published port, which changes with every start. */
  async locate(): Promise<void> {
    this.#port = (await publishedEndpoint(this.project, ECHO, 8080)).port;
  }

  /** Writes to the front over a bare connection. */
  connect(text: string): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, allowHalfOpen: true });
    socket.write(text);
    return socket;
  }

  /** `fresh`: over a connection of its own. A failure on a used one is HAProxy's to hide: it closes the caller's, without a line. */
  ask(
    path: string,
    options: { method?: string; pin?: string; fresh?: boolean; headers?: Record<string, string> } = {},
  ): Promise<EchoAnswer> {
    const startedAtMs = wallMs();
    return new Promise((resolve, reject) => {
      const pinned = options.pin === undefined ? {} : { 'x-rollproof-revision': options.pin };
      const headers = { ...options.headers, ...pinned };
      const method = options.method ?? 'GET';
      const agent = options.fresh === true ? false : this.#agent;
      const sent = request({ host: '127.0.0.1', port: this.#port, path, method, headers, agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const revision = answer.headers['x-rollproof-revision'];
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            revision: typeof revision === 'string' ? revision : undefined,
            cookies: answer.headers['set-cookie'] ?? [],
            startedAtMs,
          });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /** Asks, and hangs up once the request is written; resolves when the connection is closed. */
  givenUp(path: string): Promise<void> {
    return new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port: this.#port, path, agent: false });
      sent.on('error', () => undefined);
      sent.on('close', resolve);
      sent.on('finish', () => void sleep(100).then(() => sent.destroy()));
      sent.end();
    });
  }

  /** Asks until `durationMs` is over, several at a time, and collects every answer. */
  askFor(durationMs: number): Promise<EchoAnswer[]> {
    return this.askUntil(sleep(durationMs), '/', { concurrency: 8, pauseMs: 1 });
  }

  /** Asks again and again until `over` is settled. */
  async askUntil(
    over: Promise<unknown>,
    path: string,
    { concurrency, pauseMs }: { readonly concurrency: number; readonly pauseMs: number },
  ): Promise<EchoAnswer[]> {
    let isOver = false;
    void over.finally(() => (isOver = true));
    const answers: EchoAnswer[] = [];
    const worker = async () => {
      while (!isOver) {
        answers.push(await this.ask(path).catch((error: unknown) => failed(error)));
        await sleep(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return answers;
  }

  /** What `ask` gets, begun every so many ms whatever becomes of those before, while `action` runs. */
  async underLoad<T>(
    { everyMs, ask }: { readonly everyMs: number; readonly ask: (number: number) => Promise<EchoAnswer> },
    action: () => Promise<T>,
  ): Promise<{ result: T; answers: EchoAnswer[] }> {
    const asked: Promise<EchoAnswer>[] = [];
    const stop = every(everyMs, () => asked.push(ask(asked.length).catch(failed)));
    try {
      return { result: await action(), answers: await Promise.all(asked) };
    } finally {
      stop();
    }
  }

  async askTimes(count: number, path = '/', concurrency = 8): Promise<EchoAnswer[]> {
    const answers: EchoAnswer[] = [];
    let left = count;
    const worker = async () => {
      while (left-- > 0) answers.push(await this.ask(path).catch((error: unknown) => failed(error)));
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return answers;
  }

  /** The front's lines on a path (and where they are as wanted), once there are as many. */
  witnessedOf(
    path: string,
    lines: number,
    isWanted: (line: WitnessLine) => boolean = () => true,
  ): Promise<WitnessLine[]> {
    const ofPath = () => this.witnessed.filter((line) => line.path === path && isWanted(line));
    return poll(() => (ofPath().length >= lines ? ofPath() : undefined), {
      condition: `${lines} lines on ${path} were followed`,
      timeoutMs: 5_000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await runAll([
      async () => this.#keeper?.[Symbol.asyncDispose](),
      async () => this.#end.abort(new Error('test is over')),
      () => this.closeWitness(),
      () => this.compose.down({ volumes: true, graceMs: 1_000 }),
      async () => rmSync(this.#directory, { recursive: true, force: true }),
    ]);
  }
}

function failed(error: unknown): EchoAnswer {
  return { status: 0, body: String(error), revision: undefined, startedAtMs: wallMs() };
}

export const USER_MODEL: ComposeModel = {
  name: 'echo',
  services: {
    [ECHO]: {
      image: IMAGE,
      entrypoint: ['node', '-e', PROGRAM],
      networks: { default: null },
      ports: [{ mode: 'ingress', target: 8080, published: '8080', protocol: 'tcp' }],
      restart: 'no',
      user: '1000:1000',
    },
  },
  networks: { default: { name: 'echo_default' } },
};

const DEFINITION = definitionOf(USER_MODEL, ECHO);
