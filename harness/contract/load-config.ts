import { z } from 'zod';
import type { Random } from '../core/random';
import { callable } from './callable';
import type { Immutable } from './immutable';
import { port, serviceName } from './service-config';

/** One HTTP request of the load. */
export interface RequestSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Kept in the ledger of a 2xx answer, to reconcile with what the stack stored. */
  readonly key?: string;
}

/** A complete answer with an expected status, as a check sees it. */
export interface CheckedResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most its first 1,048,576 characters. */
  readonly body: string;
  /** The body as JSON. What is none is a wrong answer by itself: a check need not catch what this throws. */
  readonly json: () => unknown;
}

/** What a request is made from. */
export interface RequestContext {
  /** Repeats with the seed. */
  readonly random: Random;
  /** Unique in the run. */
  readonly requestId: string;
  /** Answers' `id`s so far, newest last, at most 1,000. */
  readonly acknowledged: readonly string[];
}

/** A kind of request and its share of the mix. */
export const requestKind = z.strictObject({
  /** 0: not of the load, but for `skew`. */
  weight: z.number().nonnegative(),
  /** Makes the next request. */
  build: callable<(context: RequestContext) => RequestSpec>(),
  /** Managed services that each such request passes, for planning. Default: the load's own service. */
  passes: z.array(serviceName).optional(),
  /** Statuses that are right answers. Default 200–299: whoever asks for a page is not served by a redirect, unless it is named here. */
  expectedStatuses: z.array(z.number().int()).optional(),
  /**
   * Says why an answer is wrong, in a few words that repeat: "no order id"; `undefined` when it is right. It sees complete answers with an
   * expected status. One that throws finds the answer wrong. What it finds wrong is a failed request, for the ledger and for the judge of
   * the release that answered it: services pass `x-request-id` on, so that it is known which did.
   */
  check: callable<(response: CheckedResponse, request: RequestSpec) => string | undefined>().optional(),
});
export type RequestKind = Immutable<z.infer<typeof requestKind>>;

export const loadConfig = z.strictObject({
  /** The service that takes the requests; it publishes `port`. */
  service: serviceName,
  port,
  ratePerSecond: z.number().positive().max(5_000),
  requests: z.record(z.string(), requestKind),
});
export type LoadConfig = Immutable<z.infer<typeof loadConfig>>;
