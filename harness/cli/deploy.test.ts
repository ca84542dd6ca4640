import { describe, expect, it } from '@jest/globals';
import type { Summary } from '../contract/summary';
import { lastLines } from './deploy';

const summary = (given: Partial<Summary>) =>
  ({ verdict: 'failed', headline: 'Your stack did not survive', ...given }) as Summary;

describe('what deploy says last', () => {
  it('is one line for a release that went through', () => {
    expect(lastLines(summary({ verdict: 'passed' }), 'promoted: api-r3 serves everything')).toEqual([
      'promoted: api-r3 serves everything',
    ]);
  });

  it('is that the stack stayed up, and why the release did not, once each', () => {
    const ending = 'rolled back: api-r3 failed 7 of 23 requests, api-r2 serves everything';
    const headline = 'The release was rolled back; your stack stayed up';
    expect(lastLines(summary({ kind: 'release', headline, reason: ending }), ending)).toEqual([
      'The release was rolled back; your stack stayed up.',
      'api-r3 failed 7 of 23 requests, api-r2 serves everything',
    ]);
  });

  it('is what went wrong beside the release', () => {
    const reason = 'no request is lost: observed 3 lost';
    expect(lastLines(summary({ kind: 'stack', reason }), 'promoted: api-r3 serves everything')).toEqual([
      'Your stack did not survive.',
      'promoted: api-r3 serves everything',
      reason,
    ]);
  });

  it('is what kept it from telling, once', () => {
    const headline = 'This run could not tell: the machine was too busy';
    expect(
      lastLines(summary({ verdict: 'inconclusive', headline, reason: 'the machine was too busy' }), undefined),
    ).toEqual([`${headline}.`]);
  });
});
