import { readFileSync } from 'node:fs';
import { get } from 'node:http';

/** What a container is looked at for, from inside its network namespace. */
export interface SurveySpec {
  /** For so long, ms. */
  readonly forMs: number;
  /** Asked of each port that it listens on, in this order, until one answers 2xx. */
  readonly paths: readonly string[];
  /** Asked in any case: what a person asks first. */
  readonly home: string;
  /** Asked as well, once the service has answered well. */
  readonly also: readonly string[];
  /** Ports that are known to speak something else than HTTP: they are asked nothing. */
  readonly notHttp: readonly number[];
  /** By what name it is asked. */
  readonly host: string;
}

/** A connection that it opened. */
export interface SeenConnection {
  readonly address: string;
  readonly port: number;
}

/** What a port answered to a GET. */
export interface SeenAnswer {
  readonly port: number;
  readonly path: string;
  readonly status: number;
}

export interface Survey {
  /** TCP ports that it listens on, and not only for itself. */
  readonly listens: readonly number[];
  readonly connections: readonly SeenConnection[];
  readonly answers: readonly SeenAnswer[];
}

interface TcpRow {
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  /** As the kernel numbers it. */
  readonly state: number;
}

const LISTEN = 0x0a;
const LOOK_EVERY_MS = 100;
/** A service that has only begun to listen is asked again. */
const ASK_EVERY_MS = 2_000;
const ANSWER_TIMEOUT_MS = 3_000;

/** Looks at a container for a while: what it listens on, whom it connects to, and what its ports answer. */
export async function runSurvey(argument: string): Promise<void> {
  const spec = JSON.parse(argument) as SurveySpec;
  const listens = new Set<number>();
  const connections = new Map<string, SeenConnection>();
  const answers = new Map<string, SeenAnswer>();
  const untilMs = performance.now() + spec.forMs;
  let askAtMs = performance.now();
  while (performance.now() < untilMs) {
    const rows = [...rowsOf('/proc/net/tcp'), ...rowsOf('/proc/net/tcp6')];
    const listening = new Set(rows.filter(({ state }) => state === LISTEN).map(({ local }) => local.port));
    for (const { local, remote, state } of rows) {
      if (state === LISTEN) {
        if (!isLoopback(local.address)) listens.add(local.port);
      } else if (!listening.has(local.port) && !isLoopback(remote.address)) {
        connections.set(`${remote.address}:${remote.port}`, remote);
      }
    }
    if (performance.now() >= askAtMs) {
      await Promise.all([...listens].map((port) => ask(port, spec, answers)));
      askAtMs = performance.now() + ASK_EVERY_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const seen: Survey = {
    listens: [...listens].sort((a, b) => a - b),
    connections: [...connections.values()],
    answers: [...answers.values()],
  };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** Asks a port until one of the paths is answered well; what was answered last counts. */
async function ask(port: number, spec: SurveySpec, answers: Map<string, SeenAnswer>): Promise<void> {
  const { paths, home, notHttp, host } = spec;
  if (notHttp.includes(port)) return;
  const isGood = ({ status }: SeenAnswer) => status >= 200 && status < 300;
  if ([...answers.values()].some((answer) => answer.port === port && isGood(answer))) return;
  for (const path of [home, ...paths]) {
    const status = await statusOf(port, path, host);
    // What does not speak HTTP at one path does not at another.
    if (status === undefined) return;
    const answer = { port, path, status };
    answers.set(`${port}${path}`, answer);
    if (!isGood(answer) || path === home) continue;
    for (const more of spec.also) {
      const answered = await statusOf(port, more, host);
      if (answered !== undefined) answers.set(`${port}${more}`, { port, path: more, status: answered });
    }
    return;
  }
}

function statusOf(port: number, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { host, 'user-agent': 'rollproof-init', connection: 'close' };
    const outgoing = get(
      { host: '127.0.0.1', port, path, headers, timeout: ANSWER_TIMEOUT_MS, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(undefined));
    outgoing.once('close', () => resolve(undefined));
  });
}

function rowsOf(path: string): TcpRow[] {
  try {
    return parseTcp(readFileSync(path, 'utf8'));
  } catch {
    // A kernel without IPv6 has no such file.
    return [];
  }
}

/** Reads `/proc/net/tcp` and `tcp6`: addresses as the kernel holds them, in words of four bytes turned round, in hexadecimal. */
export function parseTcp(text: string): TcpRow[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length > 3)
    .map(([, local = '', remote = '', state = '']) => ({
      local: endpointOf(local),
      remote: endpointOf(remote),
      state: Number.parseInt(state, 16),
    }));
}

function endpointOf(text: string): { address: string; port: number } {
  const [hex = '', port = ''] = text.split(':');
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  return { address: addressOf(bytes.map((byte) => Number.parseInt(byte, 16))), port: Number.parseInt(port, 16) };
}

/** IPv4 as it is, also where it is mapped into IPv6; the rest in groups, not shortened. */
function addressOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '0:0:0:0:0:0:0:1';
}
