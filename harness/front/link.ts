import { deadline } from '../core/clock';
import { HarnessError } from '../core/errors';
import { holdExec, type HeldExec } from '../docker/exec';
import { commandLine, complaintIn } from './runtime';

/** The front answers within a millisecond; a link that takes this long is dead. Longer than its own patience with HAProxy. */
const ANSWER_TIMEOUT_MS = 6_000;

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: HarnessError) => void;
}

/**
 * One held stream into a front's container, to the program that writes its files and speaks to HAProxy's runtime socket. No port is open
 * for it, and no process is made for a request.
 */
export class FrontLink implements AsyncDisposable {
  readonly #queue: Waiting[] = [];
  #held: HeldExec | undefined;
  #dead = false;

  private constructor(
    readonly containerId: string,
    readonly service: string,
  ) {}

  static async open(containerId: string, service: string): Promise<FrontLink> {
    const link = new FrontLink(containerId, service);
    link.#held = await holdExec(containerId, ['front-state'], {
      onLine: (line, stream) => {
        if (stream === 'stdout') link.#queue.shift()?.resolve(line);
      },
      onClose: () => link.#die(),
    });
    return link;
  }

  /** Whether the stream has ended; then only a new link helps. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves when the stream has ended. */
  async closed(): Promise<void> {
    await this.#held?.closed;
  }

  /** Reads a file of the state directory. */
  async get(name: string): Promise<string | undefined> {
    const answer = await this.#request(`get ${name}`);
    return answer === 'data -' ? undefined : decoded(answer);
  }

  /**
   * Writes files, all by rename, then sends commands to HAProxy, in one round trip; but only while the file `name` is as it was seen
   * (`undefined`: not there). Returns whether it was. Throws when HAProxy complains about any command.
   */
  async swap(
    { name, seen }: { readonly name: string; readonly seen: string | undefined },
    files: Readonly<Record<string, string>>,
    commands: readonly string[],
  ): Promise<boolean> {
    const expected = seen === undefined ? '-' : encoded(seen);
    const said = await this.#request(`swap ${name} ${expected} ${encoded(commandLine(commands))} ${words(files)}`);
    if (said === 'stale') return false;
    const answer = decoded(said);
    const complaint = complaintIn(commands, answer);
    if (complaint !== undefined) throw this.#failure(`HAProxy answered: ${complaint}`, { commands, answer });
    return true;
  }

  /** Sends one command to HAProxy, waiting for it to start, and gives its answer's lines. */
  async query(command: string): Promise<string[]> {
    return decoded(await this.#request(`run ${encoded(command)}`)).split('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die();
    await this.#held?.[Symbol.asyncDispose]();
  }

  async #request(text: string): Promise<string> {
    const answer = await new Promise<string>((resolve, reject) => {
      if (this.#dead || this.#held === undefined) return reject(this.#lost());
      const cancel = deadline(ANSWER_TIMEOUT_MS, () => void this[Symbol.asyncDispose]().catch(() => undefined));
      this.#queue.push({
        resolve: (line) => (cancel(), resolve(line)),
        reject: (error) => (cancel(), reject(error)),
      });
      this.#held.write(`${text}\n`);
    });
    if (answer.startsWith('error')) throw this.#failure(answer, { answer });
    return answer;
  }

  #die(): void {
    this.#dead = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(this.#lost());
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

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function words(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([name, text]) => `${name} ${encoded(text)}`)
    .join(' ');
}

function decoded(answer: string): string {
  return Buffer.from(answer.replace(/^data /, ''), 'base64').toString('utf8');
}
