import { Agent } from 'node:http';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import type { z } from 'zod';
import { HarnessError, errorMessage } from '../core/errors';

/** Default limit of one call to an observability backend, ms. All of them are on loopback. */
const CALL_TIMEOUT_MS = 5_000;

/** Where a backend answers. Who can `locate` it is asked when nobody answers there: a container that is started again is published elsewhere. */
export type Address = string | { readonly url: string; readonly locate: () => Promise<string> };

/** A JSON API of an observability backend: keep-alive, a limit on every call, answers checked against a schema. */
export class HttpClient {
  readonly #axios: AxiosInstance;
  readonly #locate: (() => Promise<string>) | undefined;
  #baseUrl: string;

  constructor(
    /** Who answers, for messages: "Prometheus". */
    readonly name: string,
    address: Address,
    timeoutMs = CALL_TIMEOUT_MS,
  ) {
    this.#baseUrl = typeof address === 'string' ? address : address.url;
    this.#locate = typeof address === 'string' ? undefined : address.locate;
    this.#axios = axios.create({
      timeout: timeoutMs,
      httpAgent: new Agent({ keepAlive: true, maxSockets: 4, timeout: timeoutMs }),
      proxy: false,
      validateStatus: () => true,
    });
  }

  /** Throws `observability-unreachable` or `observability-bad-answer`; a status in `allow` is returned as `undefined`. */
  async get<T>(
    path: string,
    schema: z.ZodType<T>,
    options: {
      readonly params?: Readonly<Record<string, string | number>>;
      readonly signal?: AbortSignal;
      readonly allow?: readonly number[];
    } = {},
  ): Promise<T | undefined> {
    const { params, signal, allow = [] } = options;
    const answer = await this.send(
      { method: 'GET', url: path, ...(params && { params }), ...(signal && { signal }) },
      allow,
    );
    if (answer === undefined) return undefined;
    const parsed = schema.safeParse(answer.data);
    if (parsed.success) return parsed.data;
    throw new HarnessError('observability-bad-answer', {
      message: `${this.name} answered ${path} in a form that is not known: ${parsed.error.issues[0]?.message ?? ''}`,
      facts: { url: `${this.#baseUrl}${path}`, issues: parsed.error.issues.slice(0, 3) },
      cause: parsed.error,
    });
  }

  /** One call whose status must be 2xx, or one of `allow` (then `undefined`). */
  async send(
    request: AxiosRequestConfig,
    allow: readonly number[] = [],
  ): Promise<{ readonly data: unknown } | undefined> {
    const what = `${request.method ?? 'GET'} ${this.#baseUrl}${request.url ?? ''}`;
    const { status, data } = await this.#request(request).catch((cause: unknown) => {
      if (request.signal?.aborted === true) throw cause;
      throw new HarnessError('observability-unreachable', {
        message: `${this.name} does not answer ${what}: ${errorMessage(cause)}`,
        facts: { url: this.#baseUrl },
        cause,
      });
    });
    if (status >= 200 && status < 300) return { data };
    if (allow.includes(status)) return undefined;
    const detail = typeof data === 'string' ? data : JSON.stringify(data);
    throw new HarnessError('observability-bad-answer', {
      message: `${this.name} answered ${what} with ${status}: ${detail.slice(0, 300)}`,
      facts: { status },
    });
  }

  async #request(request: AxiosRequestConfig) {
    const ask = () => this.#axios.request<unknown>({ ...request, baseURL: this.#baseUrl });
    try {
      return await ask();
    } catch (cause) {
      const isGone = axios.isAxiosError(cause) && ['ECONNREFUSED', 'ECONNRESET'].includes(cause.code ?? '');
      const url = isGone ? await this.#locate?.().catch(() => undefined) : undefined;
      if (url === undefined || url === this.#baseUrl) throw cause;
      this.#baseUrl = url;
      return ask();
    }
  }
}
