import { deadline } from '../core/clock';
import { HarnessError } from '../core/errors';
import { isRecord } from '../core/guards';
import type { HelperEvent } from './agent/protocol';

const TIMEOUT_MS = 10_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: HarnessError) => void;
}

/** Requests and answers in JSON lines over one held stream to a helper, and the events that it sends unasked. */
export class ControlChannel {
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #closed: HarnessError | undefined;

  constructor(
    private readonly name: string,
    private readonly write: (text: string) => void,
    private readonly onEvent: (event: HelperEvent) => void,
  ) {}

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws HarnessError `helper-failed` when the helper refuses, `helper-gone`, `helper-silent` */
  request<T extends { readonly op: string }>(request: T, timeoutMs: number = TIMEOUT_MS): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const n = ++this.#last;
    return new Promise((resolve, reject) => {
      const stop = deadline(timeoutMs, () => {
        this.#waiting.delete(n);
        reject(
          new HarnessError('helper-silent', {
            message: `${this.name} did not answer "${request.op}" within ${timeoutMs} ms`,
            facts: { helper: this.name, op: request.op, limitMs: timeoutMs },
          }),
        );
      });
      this.#waiting.set(n, {
        resolve: (result) => {
          stop();
          resolve(result);
        },
        reject: (error) => {
          stop();
          reject(error);
        },
      });
      this.write(`${JSON.stringify({ ...request, n })}\n`);
    });
  }

  /** Sends what needs no answer. */
  send(request: { readonly op: string }): void {
    if (this.#closed === undefined) this.write(`${JSON.stringify({ ...request, n: 0 })}\n`);
  }

  /** A line from the helper. */
  receive(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    if (!isRecord(value)) return;
    if (typeof value['event'] === 'string') return this.onEvent(value as unknown as HelperEvent);
    const waiting = this.#waiting.get(Number(value['n']));
    if (waiting === undefined) return;
    this.#waiting.delete(Number(value['n']));
    if (value['error'] === undefined) waiting.resolve(value['result']);
    else {
      waiting.reject(
        new HarnessError('helper-failed', {
          message: `${this.name}: ${JSON.stringify(value['error'])}`,
          facts: { helper: this.name },
        }),
      );
    }
  }

  /** The stream is over: whoever waits gets an error. */
  close(reason: string): void {
    this.#closed ??= new HarnessError('helper-gone', {
      message: `the stream to ${this.name} is over: ${reason}`,
      facts: { helper: this.name, reason },
    });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#closed);
    this.#waiting.clear();
  }
}
