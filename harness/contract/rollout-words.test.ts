import { describe, expect, it } from '@jest/globals';
import { rolloutSentence } from './rollout-words';

const labels = { from: 'orders-r2', to: 'orders-r3' };
const counts = (requests: number, errors: number) => ({ samples: { to: { requests, errors, clientErrors: 0 } } });

describe('how a rollout ended', () => {
  it.each([
    [{ outcome: 'promoted' }, 'promoted: orders-r3 serves everything'],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-differs', ...counts(0, 0) },
        reason:
          'GET /orders/{id}: $.total is missing in orders-r3, a number in orders-r2 (12 of 12 copies); the log says x',
      },
      'rolled back: orders-r3 answers otherwise: GET /orders/{id}: $.total is missing in orders-r3, a number in orders-r2 (12 of 12 copies), orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', ...counts(23, 7) },
        reason: 'more errors than stable: 7 of 23 failed against 0 of 143 (p = 1.3e-5 < 1.4e-4, look 6)',
      },
      'rolled back: orders-r3 failed 7 of 23 requests, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', ...counts(300, 1) },
        reason:
          'slower than stable: median 45.2 ms against 12.0 ms, +33.2 ms > 20.0 ms (p = 1e-5 < 1e-4, 9 and 9 windows)',
      },
      'rolled back: orders-r3 was slower than stable: median 45.2 ms against 12.0 ms, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', reason: 'more errors than stable: 7 of 23 failed' },
        ...{ counts: 'messages' as const, samples: { to: { requests: 23, errors: 7, clientErrors: 0, wrong: 7 } } },
        wrongAnswers: [{ reason: 'cannot read it', count: 7 }],
      },
      'rolled back: orders-r3 failed 7 of 23 messages: cannot read it, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', ...counts(120, 0) },
        reason: 'slower than stable: 4 of 120 requests slower than 310 ms, stable 1 of 480 (p = 1e-5 < 1e-4, look 9)',
      },
      'rolled back: orders-r3 was slower than stable: 4 of 120 requests slower than 310 ms, stable 1 of 480, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', reason: 'more errors than stable: 7 of 23 failed' },
        samples: { to: { requests: 23, errors: 7, clientErrors: 0, wrong: 7 } },
        wrongAnswers: [{ reason: 'no order id', count: 7 }],
      },
      'rolled back: orders-r3 answered 7 of 23 requests wrongly: no order id, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-rejected', reason: 'more errors than stable: 9 of 23 failed' },
        samples: { to: { requests: 23, errors: 9, clientErrors: 0, wrong: 7 } },
        wrongAnswers: [
          { reason: 'no order id', count: 6 },
          { reason: 'empty body', count: 1 },
        ],
      },
      'rolled back: orders-r3 failed 9 of 23 requests, 7 of them answered wrongly: no order id, among other reasons, orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', cause: 'release-not-ready', reason: 'gave up after 9 ms' },
      'rolled back: orders-r3 never became ready, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'release-not-ready' },
        reason: 'orders-r3 never became ready: connection refused on port 8080 (GET /readyz)\n  listening on 9000; yes',
      },
      'rolled back: orders-r3 never became ready: connection refused on port 8080 (GET /readyz), orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', cause: 'compose-up-failed' },
      'rolled back: a container of orders-r3 ended, or never got healthy, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'compose-up-failed' },
        reason: [
          'compose up of rp-shop-1:',
          '  rp-shop-1-orders-r3-1 is exited with exit code 3',
          '    reading the configuration',
          '    db config missing',
          '  rp-shop-1-orders-r3-2 is exited with exit code 4',
          '    another one',
        ].join('\n'),
      },
      'rolled back: orders-r3-1 exited with exit code 3: db config missing, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'compose-up-failed' },
        reason: [
          'compose up of rp-shop-1:',
          '  rp-shop-1-orders-r3-1 is unhealthy (not ready: HTTP/1.1 503 Service Unavailable)',
          '    orders listens on 8080',
        ].join('\n'),
      },
      'rolled back: orders-r3-1 never got healthy: not ready: HTTP/1.1 503 Service Unavailable, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'compose-up-failed' },
        reason: 'compose up of rp-shop-1:\n  rp-shop-1-orders-r3-1 is unhealthy\n    cannot reach the bank',
      },
      'rolled back: orders-r3-1 never got healthy: cannot reach the bank, orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', cause: 'deadline-passed', ...counts(3, 0) },
      'rolled back: a rollout did not end by its deadline, orders-r2 serves everything',
    ],
    [
      {
        ...{ outcome: 'rolled-back', cause: 'deadline-passed' },
        samples: { from: counts(0, 0).samples.to, to: counts(0, 0).samples.to },
      },
      'rolled back: nothing sent it requests, so that orders-r3 could not be judged, orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', cause: 'release-not-judged' },
      'rolled back: there was too little evidence to judge a release by, orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', cause: 'front-link-lost' },
      'rolled back: rollproof failed (the connection into a front is gone), orders-r2 serves everything',
    ],
    [
      { outcome: 'rolled-back', reason: 'its controller died in Analyzing at weight 20 %' },
      'rolled back: orders-r3 was given up (its controller died in Analyzing at weight 20 %), orders-r2 serves everything',
    ],
    [
      { outcome: 'held', weightsReached: [20], held: { fromMs: 0, toMs: 50_000 } },
      'held as asked: orders-r3 stayed at 20 % for 50 s, then orders-r2 got everything back',
    ],
    [{ outcome: 'aborted', reason: 'enough seen' }, 'aborted as asked: orders-r2 serves everything (enough seen)'],
    [
      { outcome: 'rollback-paused', reason: 'no revision is usable' },
      'stuck on the way back to orders-r2: no revision is usable',
    ],
    [
      { outcome: 'promoted', outages: [{ lastAnswerAtMs: 1_000, firstAnswerAtMs: 2_340, unserved: 41 }] },
      'promoted: orders-r3 serves everything; nobody served for 1.3 s: 41 requests were not answered',
    ],
    [
      { outcome: 'aborted', outages: [{ firstAnswerAtMs: 2_340, unserved: 1 }] },
      'aborted as asked: orders-r2 serves everything; nobody served for a while: 1 request was not answered',
    ],
    [
      {
        outcome: 'promoted',
        counts: 'messages' as const,
        outages: [{ lastAnswerAtMs: 0, firstAnswerAtMs: 1_300, unserved: 0 }],
      },
      'promoted: orders-r3 serves everything; no message was taken for 1.3 s',
    ],
    [{ outcome: 'unchanged' }, 'unchanged: orders-r2 runs this already'],
  ])('is told in a sentence: %j', (rollout, sentence) => {
    expect(rolloutSentence({ ...labels, ...rollout })).toBe(sentence);
  });
});
