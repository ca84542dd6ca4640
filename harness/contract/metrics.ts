/**
 * The metrics contract: the names by which Prometheus knows the requests of a service. Every series carries the label `service`. Where a
 * front stands before a service, its figures count; without one, such as in production, the service's own. `stack/observability/README.md`
 * tells it to people.
 */

/** HAProxy's own counter of answers by `code` (`2xx` … `5xx`), those included that no replica gave. */
export const FRONT_RESPONSES = 'haproxy_frontend_http_responses_total';

/** The front's other frontends (metrics, readiness) answer 503 on purpose; the one with the traffic is told by its name. */
export const FRONT_TRAFFIC = 'proxy="traffic"';

/** Counter of the requests that a front took, counted when they come: one that is never answered is in it. */
export const FRONT_REQUESTS = 'rollproof_front_requests_total';

/** Histogram of a front: from a request's head to the head of its answer. */
export const FRONT_ANSWERS = 'rollproof_front_answer_seconds';

/** Histogram of a service itself, with the label `status`; the name that most HTTP middleware for Prometheus gives it. */
export const SERVICE_REQUESTS = 'http_request_duration_seconds';

/** The histograms' bounds, seconds: the default of Prometheus' clients, so that a front and a service have the same ones. */
export const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** A matcher for a bucket. Prometheus 3 writes `1.0` where version 2 and the clients write `1`. */
export function bucketMatcher(seconds: number): string {
  return Number.isInteger(seconds) ? `le=~"${seconds}(\\\\.0)?"` : `le="${seconds}"`;
}
