import { BUCKETS_S, FRONT_ANSWERS, FRONT_REQUESTS } from '../contract/metrics.ts';
import { METRICS_PORT, STATE_DIRECTORY } from '../compose/front-container.ts';

/**
 * HAProxy's exporter has averages of answer times and no distribution. So the front counts: each request when it comes, and its answer in
 * every bucket that it is in time for, in the counters of a one-entry stick table, which a page shows by the converter `table_gpc`. It
 * costs a dozen integer increments a request, needs nothing of the service, and counts whether a harness looks or not.
 */
const TABLE = 'metrics';
const KEY = 'str(answers)';

/** Path of the page, beside the exporter's `/metrics`. */
export const ANSWERS_PATH = '/answers';
const ANSWERS_FILE = 'answers.prom';

/** `host:port` and path at which a front shows the distribution. */
export function answersTarget(service: string): { readonly target: string; readonly path: string } {
  return { target: `${service}:${METRICS_PORT}`, path: ANSWERS_PATH };
}

/** Counter 0 holds the requests, the last one all answers, those between them the buckets. */
const ANSWERED = BUCKETS_S.length + 1;

/** Rules of the frontend with the traffic; before any that answers by itself. */
export function countAnswers(): string {
  const counted = BUCKETS_S.map(
    (bound, index) =>
      `  http-after-response sc-inc-gpc(${index + 1},0) if { var(txn.answer_ms) -m int le ${bound * 1_000} }`,
  );
  return [
    `  http-request track-sc0 ${KEY} table ${TABLE}`,
    '  http-request sc-inc-gpc(0,0)',
    '  http-request set-var(txn.begun_ms) date(0,ms)',
    '  http-after-response set-var(txn.answer_ms) date(0,ms),sub(txn.begun_ms)',
    ...counted,
    `  http-after-response sc-inc-gpc(${ANSWERED},0)`,
  ].join('\n');
}

/** Lines of the frontend `metrics`: the table, and the page. */
export function showAnswers(): string {
  return `  stick-table type string len 8 size 1 store gpc(${ANSWERED + 1})
  http-request return status 200 content-type "text/plain; version=0.0.4" lf-file ${STATE_DIRECTORY}/${ANSWERS_FILE} if { path ${ANSWERS_PATH} }`;
}

/** The page, as a template that HAProxy fills in. */
export function answersPage(): Record<string, string> {
  const counter = (index: number) => `%[${KEY},table_gpc(${index},${TABLE})]`;
  const text = [
    `# HELP ${FRONT_REQUESTS} Requests that came.`,
    `# TYPE ${FRONT_REQUESTS} counter`,
    `${FRONT_REQUESTS} ${counter(0)}`,
    `# HELP ${FRONT_ANSWERS} From the head of a request to the head of its answer.`,
    `# TYPE ${FRONT_ANSWERS} histogram`,
    ...BUCKETS_S.map((bound, index) => `${FRONT_ANSWERS}_bucket{le="${bound}"} ${counter(index + 1)}`),
    `${FRONT_ANSWERS}_bucket{le="+Inf"} ${counter(ANSWERED)}`,
    `${FRONT_ANSWERS}_count ${counter(ANSWERED)}`,
  ];
  return { [ANSWERS_FILE]: `${text.join('\n')}\n` };
}
