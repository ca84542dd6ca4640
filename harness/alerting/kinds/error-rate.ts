import { share } from '../../contract/alerts';
import { FRONT_RESPONSES, FRONT_TRAFFIC, SERVICE_REQUESTS } from '../../contract/metrics';
import { defineAlert } from '../define-alert';
import { formatDuration } from '../durations';
import { increasePerService, MIN_BAD_PER_WINDOW, serviceMatcher } from '../promql';

/**
 * "More than `above` of the requests fail, for `forMs`." Failed is an answer of 5xx. Reads the fronts' own counters, so that it needs
 * nothing of the application and sees answers that no replica gave; without fronts it reads the services' own histogram.
 *
 * @example errorRate({ name: 'TooManyErrors', of: ['gateway'], above: 0.05, forMs: 300_000, severity: 'page', owner, runbook })
 */
export const errorRate = defineAlert({
  kind: 'error-rate',
  options: { above: share },
  quantity: 'error-ratio',
  limit: ({ above }) => above,
  measure: ({ windowMs, of }) => `${seriesNames(windowMs).ratio}{${serviceMatcher(of)}}`,
  says: () => ({ summary: 'fail', description: 'were answered with 5xx' }),
  rules: ({ of, above, windowMs }, scaled) => {
    const names = seriesNames(windowMs);
    const perService = (selector: string) => increasePerService(selector, scaled(windowMs));
    return {
      recorded: [
        {
          record: names.requests,
          expr: [
            perService(`${FRONT_RESPONSES}{${FRONT_TRAFFIC}}`),
            `or ${perService(`${SERVICE_REQUESTS}_count`)}`,
          ].join('\n'),
        },
        {
          record: names.errors,
          expr: [
            perService(`${FRONT_RESPONSES}{${FRONT_TRAFFIC}, code="5xx"}`),
            `or ${perService(`${SERVICE_REQUESTS}_count{status=~"5.."}`)}`,
            `or 0 * ${names.requests}`,
          ].join('\n'),
        },
        { record: names.ratio, expr: `${names.errors} / (${names.requests} > 0)` },
      ],
      expr: [
        `${names.ratio}{${serviceMatcher(of)}} > ${above}`,
        `and on (service) ${names.errors} >= ${MIN_BAD_PER_WINDOW}`,
      ].join('\n'),
    };
  },
});

/** The names of the recorded series: the window in them is production's at every speed. */
function seriesNames(windowMs: number): { requests: string; errors: string; ratio: string } {
  const window = formatDuration(windowMs);
  return {
    requests: `service:requests:increase${window}`,
    errors: `service:request_errors:increase${window}`,
    ratio: `service:request_errors:ratio_rate${window}`,
  };
}
