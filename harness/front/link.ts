import { after } from '../core/clock';
import { HarnessError, runAll } from '../core/errors';
import { holdExec, type HeldExec } from '../docker/exec';
import { RUNTIME_SOCKET } from './config';

/** The front answers within a millisecond; a link that takes this long is dead. */
const ANSWER_TIMEOUT_MS = 5_000;

/** HAProxy may still be starting: it makes the socket when it serves. */
const RUNTIME_BRIDGE = `until [ -S ${RUNTIME_SOCKET} ]; do sleep 0.02; done; exec socat - UNIX-CONNECT:${RUNTIME_SOCKET}`;

/** Answers that are no failure. HAProxy has no exit codes: what it prints is all there is. */
const HARMLESS = /^(?:$|IP changed|port changed|no need to change|nothing changed)/;

interface Waiting {
  readonly isLast: (line: string) => boolean;
  readonly lines: string[];
  readonly resolve: (lines: string[]) => void;
  readonly reject: (error: HarnessError) => void;
}

/** The two held streams into a front's container: its files, and HAProxy's runtime socket. No port is open for it. */
export class FrontLink implements AsyncDisposable {
  readonly #queues: Record<'files' | 'runtime', Waiting[]> = { files: [], runtime: [] };
  #files: HeldExec | undefined;
  #runtime: HeldExec | undefined;
  #dead = false;

  private constructor(
    readonly containerId: string,
    readonly service: string,
  ) {}

  /** Opens the files' stream only; {@link openRuntime} waits until HAProxy runs. */
  static async open(containerId: string, service: string): Promise<FrontLink> {
    const link = new FrontLink(containerId, service);
    link.#files = await link.#hold('files', ['front-state']);
    return link;
  }

  async openRuntime(): Promise<void> {
    this.#runtime = await this.#hold('runtime', ['sh', '-c', RUNTIME_BRIDGE]);
    // Interactive mode: the socket stays open between commands, and an empty line ends each answer.
    await this.#ask('runtime', 'prompt', 1);
  }

  /** Whether a stream has ended; then only a new link helps. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves when a stream has ended. */
  async closed(): Promise<void> {
    await Promise.race([this.#files?.closed, this.#runtime?.closed]);
  }

  /** Writes files of the state directory, all by rename. */
  async put(files: Readonly<Record<string, string>>): Promise<void> {
    const words = Object.entries(files).map(([name, text]) => `${name} ${Buffer.from(text).toString('base64')}`);
    const [answer = ''] = await this.#request('files', `put ${words.join(' ')}`, () => true);
    if (answer !== 'ok') throw this.#failure(`cannot write its state: ${answer}`, { answer });
  }

  /** Reads a file of the state directory. */
  async get(name: string): Promise<string | undefined> {
    const [answer = ''] = await this.#request('files', `get ${name}`, () => true);
    const content = /^data (\S*)$/.exec(answer)?.[1];
    if (content === undefined) throw this.#failure(`cannot read ${name}: ${answer}`, { answer });
    return content === '-' ? undefined : Buffer.from(content, 'base64').toString('utf8');
  }

  /** Sends commands as one line. Throws when HAProxy complains about any. */
  async run(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return;
    const lines = await this.#ask('runtime', commands.join('; '), commands.length);
    const complaint = lines.find((line) => !HARMLESS.test(line));
    if (complaint !== undefined) throw this.#failure(`HAProxy answered: ${complaint}`, { commands, answer: lines });
  }

  /** Sends one command and gives its answer's lines. */
  async query(command: string): Promise<string[]> {
    return this.#ask('runtime', command, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die();
    await runAll([
      async () => this.#runtime?.[Symbol.asyncDispose](),
      async () => this.#files?.[Symbol.asyncDispose](),
    ]);
  }

  #ask(stream: 'files' | 'runtime', text: string, answers: number): Promise<string[]> {
    let left = answers;
    return this.#request(stream, text, (line) => line === '' && --left === 0);
  }

  #request(stream: 'files' | 'runtime', text: string, isLast: (line: string) => boolean): Promise<string[]> {
    const held = stream === 'files' ? this.#files : this.#runtime;
    return new Promise((resolve, reject) => {
      if (this.#dead || held === undefined) return reject(this.#lost());
      const cancel = after(ANSWER_TIMEOUT_MS, () => {
        this.#die();
        void this[Symbol.asyncDispose]().catch(() => undefined);
      });
      this.#queues[stream].push({
        isLast,
        lines: [],
        resolve: (lines) => (cancel(), resolve(lines)),
        reject: (error) => (cancel(), reject(error)),
      });
      held.write(`${text}\n`);
    });
  }

  #hold(stream: 'files' | 'runtime', command: readonly string[]): Promise<HeldExec> {
    return holdExec(this.containerId, command, {
      onLine: (line, output) => {
        if (output === 'stdout') this.#take(stream, line);
      },
      onClose: () => this.#die(),
    });
  }

  #take(stream: 'files' | 'runtime', raw: string): void {
    const waiting = this.#queues[stream][0];
    if (waiting === undefined) return;
    // The prompt of the command before has no line of its own.
    const line = stream === 'runtime' ? raw.replace(/^(?:> )+/, '') : raw;
    const last = waiting.isLast(line);
    if (line !== '' || stream === 'files') waiting.lines.push(line);
    if (!last) return;
    this.#queues[stream].shift();
    waiting.resolve(waiting.lines);
  }

  #die(): void {
    this.#dead = true;
    for (const queue of Object.values(this.#queues)) {
      for (const waiting of queue.splice(0)) waiting.reject(this.#lost());
    }
  }

  #lost(): HarnessError {
    return new HarnessError('front-link-lost', {
      message: `the connection into the front of ${this.service} is gone`,
      facts: { service: this.service, containerId: this.containerId },
    });
  }

  #failure(reason: string, facts: Record<string, unknown>): HarnessError {
    return new HarnessError('front-command-failed', {
      message: `front of ${this.service}: ${reason}`,
      facts: { service: this.service, ...facts },
    });
  }
}
