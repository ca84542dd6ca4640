import { z } from 'zod';
import { share } from '../../contract/alerts';
import { BUCKETS_S, bucketMatcher, FRONT_ANSWERS, FRONT_REQUESTS, SERVICE_REQUESTS } from '../../contract/metrics';
import { defineAlert } from '../define-alert';
import { formatDuration } from '../durations';
import { increasePerService, MIN_BAD_PER_WINDOW, serviceMatcher } from '../promql';

const BUCKETS_MS: readonly number[] = BUCKETS_S.map((bound) => bound * 1_000);

/**
 * "More than `above` of the requests are not answered within `slowerThanMs`, for `forMs`." `slowerThanMs` is one of the histograms' bounds
 * (5 … 10 000 ms): Prometheus can count at those only. A front counts a request when it comes, and its answer when that begins: one that
 * hangs, or is given up by its caller, is slow like any other. Without fronts it reads the services' own histogram, which has those
 * requests only that were answered.
 *
 * @example latencyAbove({ name: 'SlowAnswers', of: ['gateway'], slowerThanMs: 500, above: 0.1, forMs: 300_000, severity: 'page', owner, runbook })
 */
export const latencyAbove = defineAlert({
  kind: 'latency-above',
  options: {
    above: share,
    slowerThanMs: z
      .number()
      .refine((bound) => BUCKETS_MS.includes(bound), `must be one of the histograms' bounds: ${BUCKETS_MS.join(', ')}`),
  },
  quantity: 'slow-share',
  limit: ({ above }) => above,
  slowerThanMs: ({ slowerThanMs }) => slowerThanMs,
  measure: ({ slowerThanMs, windowMs, of }) => `${seriesNames(slowerThanMs, windowMs).ratio}{${serviceMatcher(of)}}`,
  says: ({ slowerThanMs }) => ({
    summary: `take longer than ${slowerThanMs} ms`,
    description: `were not answered within ${slowerThanMs} ms`,
  }),
  rules: ({ of, above, slowerThanMs, windowMs }, scaled) => {
    const names = seriesNames(slowerThanMs, windowMs);
    const perService = (selector: string) => increasePerService(selector, scaled(windowMs));
    const bucket = bucketMatcher(slowerThanMs / 1_000);
    // What came, less what was answered in time; a request between the two when Prometheus looks may make that less than nothing.
    const slow = (came: string, inTime: string) => `clamp_min(${perService(came)} - ${perService(inTime)}, 0)`;
    return {
      recorded: [
        {
          record: names.requests,
          expr: [perService(FRONT_REQUESTS), `or ${perService(`${SERVICE_REQUESTS}_count`)}`].join('\n'),
        },
        {
          record: names.slow,
          expr: [
            slow(FRONT_REQUESTS, `${FRONT_ANSWERS}_bucket{${bucket}}`),
            `or ${slow(`${SERVICE_REQUESTS}_count`, `${SERVICE_REQUESTS}_bucket{${bucket}}`)}`,
          ].join('\n'),
        },
        { record: names.ratio, expr: `${names.slow} / (${names.requests} > 0)` },
      ],
      expr: [
        `${names.ratio}{${serviceMatcher(of)}} > ${above}`,
        `and on (service) ${names.slow} >= ${MIN_BAD_PER_WINDOW}`,
      ].join('\n'),
    };
  },
});

/** The names of the recorded series: the window in them is production's at every speed. */
function seriesNames(slowerThanMs: number, windowMs: number): { requests: string; slow: string; ratio: string } {
  const window = formatDuration(windowMs);
  const slow = `service:requests_slower_than_${slowerThanMs}ms`;
  return {
    requests: `service:requests_begun:increase${window}`,
    slow: `${slow}:increase${window}`,
    ratio: `${slow}:ratio_rate${window}`,
  };
}
