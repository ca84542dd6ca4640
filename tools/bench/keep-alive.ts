import { Agent, request } from 'node:http';
import { sleep } from '../../harness/core/clock';
import { newId } from '../../harness/core/ids';
import { seededRandom } from '../../harness/core/random';
import { onTheStack } from './on-the-stack';
import { loadConfigFile } from '../../harness/contract/config-file';
import type { RequestSpec } from '../../harness/contract/config';
import type { BenchOptions, BenchRow } from './row';

/** Node closes an idle connection after 5 s by default: a request that comes just then is lost, and a POST is not sent again. */
const INTERVAL_MS = 5_000;
const JITTER_MS = 100;
const CLIENTS = 10;
const POSTS_A_CLIENT = 20;

/** A POST every 5 ± 0.1 s on connections that are kept, 200 in all: none may be lost, at no hop. */
export async function benchKeepAlive(options: BenchOptions): Promise<BenchRow[]> {
  const { load } = (await loadConfigFile(options.configPath)).config;
  const posts = () =>
    Object.values(load.requests)
      .map(({ build }) => build(context()))
      .find(isPost);
  const statuses = await onTheStack('keep-alive', options, async ({ stack }) => {
    const endpoint = await stack.endpoint(load.service, load.port);
    const clients = Array.from({ length: CLIENTS }, (_, client) =>
      postAgainAndAgain({ endpoint, posts, seed: `client-${client}`, signal: options.signal }),
    );
    return (await Promise.all(clients)).flat();
  });
  const lost = statuses.filter((status) => status === 0 || status >= 300).length;
  return [{ name: 'lost of POSTs every 5 s', value: lost, unit: 'requests', limit: 0, samples: statuses.length }];
}

function context() {
  return { random: seededRandom('keep-alive'), requestId: newId('bench'), acknowledged: [] };
}

function isPost({ method }: RequestSpec): boolean {
  return method === 'POST';
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

async function postAgainAndAgain(options: {
  readonly endpoint: Endpoint;
  /** Makes the next POST of the configuration's load. */
  readonly posts: () => RequestSpec | undefined;
  readonly seed: string;
  readonly signal: AbortSignal;
}): Promise<number[]> {
  const { endpoint, posts, seed, signal } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const random = seededRandom(seed);
  const statuses: number[] = [];
  for (let n = 0; n < POSTS_A_CLIENT; n += 1) {
    const spec = posts();
    if (spec === undefined) break;
    statuses.push(await post(agent, endpoint, spec));
    await sleep(INTERVAL_MS + JITTER_MS * (2 * random.next() - 1), signal);
  }
  agent.destroy();
  return statuses;
}

/** The status, or 0 without an answer. */
function post(agent: Agent, { host, port }: Endpoint, spec: RequestSpec): Promise<number> {
  const headers = { 'content-type': 'application/json', ...spec.headers };
  return new Promise((resolve) => {
    const sending = request({ agent, host, port, path: spec.path, method: spec.method, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    sending.on('error', () => resolve(0));
    sending.end(JSON.stringify(spec.body));
  });
}
