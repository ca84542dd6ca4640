import type { RequestKind, RequestSpec } from '../contract/config';
import { HarnessError, errorMessage } from '../core/errors';
import { entryOf } from '../core/guards';
import { seededRandom } from '../core/random';

/** Answers' ids that a `build` function can refer to. */
const ACKNOWLEDGED_MAX = 1_000;

export interface MixedRequest {
  readonly kind: string;
  readonly spec: RequestSpec;
  readonly expects: (status: number) => boolean;
  readonly check?: RequestKind['check'];
}

/**
 * The requests of a load, in order. The n-th depends on the seed, n and the ids acknowledged so far: a request that could not be
 * sent, or one more random number in a `build`, changes no other.
 */
export class Mix {
  readonly kinds: readonly string[];
  readonly #seed: string;
  readonly #entries: readonly { name: string; kind: RequestKind; upTo: number; expects: (status: number) => boolean }[];
  readonly #total: number;
  readonly #acknowledged: string[] = [];

  constructor(
    requests: Readonly<Record<string, RequestKind>>,
    seed: string,
    weights?: Readonly<Record<string, number>>,
  ) {
    const unknown = Object.keys(weights ?? {}).find((name) => !Object.hasOwn(requests, name));
    if (unknown !== undefined) {
      throw new HarnessError('unknown-request-kind', {
        message: `the load has no kind of request "${unknown}"`,
        facts: { unknown, known: Object.keys(requests) },
        hint: `One of: ${Object.keys(requests).join(', ')}.`,
      });
    }
    let upTo = 0;
    this.#entries = Object.entries(requests)
      .map(([name, kind]) => ({
        name,
        kind,
        weight: weights === undefined ? kind.weight : (entryOf(weights, name) ?? 0),
      }))
      .filter(({ weight }) => weight > 0)
      .map(({ name, kind, weight }) => ({ name, kind, upTo: (upTo += weight), expects: expectation(kind) }));
    this.kinds = this.#entries.map(({ name }) => name);
    this.#total = upTo;
    this.#seed = seed;
    if (!(upTo > 0)) {
      throw new HarnessError('no-requests', { message: 'the load has no kind of request with a weight above 0' });
    }
  }

  /** @throws HarnessError `request-build-failed` when the configuration's function throws */
  request(number: number, requestId: string): MixedRequest {
    const random = seededRandom(`${this.#seed}/${number}`);
    const point = random.next() * this.#total;
    const entry = this.#entries.find(({ upTo }) => point < upTo) ?? this.#entries[this.#entries.length - 1];
    if (entry === undefined) throw new RangeError('a mix has at least one kind');
    try {
      const spec = entry.kind.build({ random, requestId, acknowledged: this.#acknowledged });
      const { check } = entry.kind;
      return { kind: entry.name, spec, expects: entry.expects, ...(check === undefined ? {} : { check }) };
    } catch (cause) {
      throw new HarnessError('request-build-failed', {
        message: `load.requests.${entry.name}.build threw: ${errorMessage(cause)}`,
        facts: { kind: entry.name, requestId },
        cause,
      });
    }
  }

  /** Notes the `id` of an acknowledged answer's JSON body, if it has one. */
  acknowledge(body: string): void {
    const id = idOf(body);
    if (id === undefined) return;
    this.#acknowledged.push(id);
    if (this.#acknowledged.length > ACKNOWLEDGED_MAX) this.#acknowledged.shift();
  }
}

/** Which statuses of a kind of request are right. */
export function expectation({ expectedStatuses }: RequestKind): (status: number) => boolean {
  return expectedStatuses === undefined
    ? (status) => status >= 200 && status < 300
    : (status) => expectedStatuses.includes(status);
}

/** The `id` of an answer's JSON body, if it has one. */
export function idOf(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as unknown;
    if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
    const { id } = value;
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  } catch {
    // An answer that is not JSON has no id: nothing to refer to later.
    return undefined;
  }
}
