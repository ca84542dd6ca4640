import { STATE_FILE, stateFiles, type FrontState, type Slot } from '../../front/config.ts';
import {
  RUNTIME_QUERIES,
  commandLine,
  commandsBetween,
  complaintIn,
  parseRuntime,
  parseStatus,
  runtimeOf,
  type RuntimeState,
  type ServerStatus,
} from '../../front/runtime.ts';
import type { EngineApi } from './engine-api.ts';

/** Answers come within milliseconds; an exec whose container dies just then is never answered. */
const ANSWER_TIMEOUT_MS = 8_000;

/** What a front serves, as it stands in its volume and in HAProxy. */
export interface FrontReading {
  readonly text: string;
  readonly state: FrontState;
  readonly runtime: RuntimeState;
  readonly status: Readonly<Record<Slot, readonly ServerStatus[]>>;
}

/** A front that nobody holds a stream to: each call is an exec of `front-state`, which costs some 65 ms of a core. */
export class FrontHand {
  readonly #engine: EngineApi;
  readonly #containerId: string;

  constructor(engine: EngineApi, containerId: string) {
    this.#engine = engine;
    this.#containerId = containerId;
  }

  /** `undefined` when nobody has told the front anything yet. */
  async read(): Promise<FrontReading | undefined> {
    const queries = [...RUNTIME_QUERIES, 'show stat'].map((query) => `run ${encoded(query)}`);
    const [stored = '', ...answers] = await this.#ask([`get ${STATE_FILE}`, ...queries]);
    if (stored === 'data -') return undefined;
    const text = decoded(stored);
    const lines = answers.map((answer) => decoded(answer).split('\n'));
    return { text, state: stateIn(text), runtime: parseRuntime(lines), status: parseStatus(lines.at(-1) ?? []) };
  }

  /** Makes the front serve `wanted`, unless somebody has changed it since it was read: then `false`. */
  async replace(
    { text, runtime }: FrontReading,
    wanted: FrontState,
    more: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const commands = commandsBetween(runtime, runtimeOf(wanted), wanted.port);
    const files = Object.entries({ ...stateFiles(wanted), ...more }).map(([name, file]) => `${name} ${encoded(file)}`);
    const line = encoded(commandLine(commands));
    const [answer = ''] = await this.#ask([`swap ${STATE_FILE} ${encoded(text)} ${line} ${files.join(' ')}`]);
    if (answer === 'stale') return false;
    const complaint = complaintIn(commands, decoded(answer));
    if (complaint !== undefined) throw new Error(`HAProxy answered: ${complaint}`);
    return true;
  }

  async #ask(requests: readonly string[]): Promise<string[]> {
    const { Id } = (await this.#engine.call('POST', `/containers/${this.#containerId}/exec`, {
      Cmd: ['front-state', ...requests],
      AttachStdout: true,
      AttachStderr: true,
    })) as { Id: string };
    const stream = await this.#engine.stream('POST', `/exec/${Id}/start`, {
      body: { Detach: false, Tty: false },
      silenceMsMax: ANSWER_TIMEOUT_MS,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const { out, err } = separated(Buffer.concat(chunks));
    const answers = out.split('\n').filter((line) => line !== '');
    const failed = answers.find((answer) => answer.startsWith('error'));
    if (failed !== undefined) throw new Error(`the front answered: ${failed}`);
    if (answers.length < requests.length) throw new Error(`the front did not answer: ${err.trim()}`);
    return answers;
  }
}

/** JSON knows no `undefined`: a place without a replica is `null` in it. */
function stateIn(text: string): FrontState {
  return JSON.parse(text, (_key, value: unknown) => value ?? undefined) as FrontState;
}

/** The Engine frames the two outputs: one byte says which, four after three say how long. */
function separated(framed: Buffer): { readonly out: string; readonly err: string } {
  const parts: Record<'out' | 'err', Buffer[]> = { out: [], err: [] };
  for (let at = 0; at + 8 <= framed.length;) {
    const length = framed.readUInt32BE(at + 4);
    parts[framed[at] === 2 ? 'err' : 'out'].push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { out: Buffer.concat(parts.out).toString('utf8'), err: Buffer.concat(parts.err).toString('utf8') };
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(answer: string): string {
  return Buffer.from(answer.replace(/^data /, ''), 'base64').toString('utf8');
}
