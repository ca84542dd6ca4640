import { describe, expect, it } from '@jest/globals';
import { objectiveMs } from '../../contract/alerts';
import { parseDuration } from '../durations';
import { ruleFile } from '../rule-file';
import { TEST_OPTIONS } from '../testing/alert';
import { errorRate } from './error-rate';
import { latencyAbove } from './latency-above';

const { above: _above, ...COMMON } = TEST_OPTIONS;
const OPTIONS = { ...COMMON, name: 'SlowAnswers', slowerThanMs: 250, above: 0.1 };
const DURATION = /\b\d+(?:ms|[smhd])\b/g;

describe('the rules of slow answers', () => {
  it('differ from production in durations only, and never in the limit of what is slow', () => {
    const at = (factor: number) => JSON.stringify(ruleFile([latencyAbove(OPTIONS)], factor));
    expect(at(10).replace(DURATION, 'D')).toBe(at(1).replace(DURATION, 'D'));
    const productionMs = at(1).match(DURATION)?.map(parseDuration);
    expect(productionMs?.length).toBeGreaterThan(8);
    expect(
      at(10)
        .match(DURATION)
        ?.map((text) => parseDuration(text) * 10),
    ).toEqual(productionMs);
    expect(at(10)).toContain('take longer than 250 ms (limit 10% for 30s)');
  });

  it('find a whole second in what either version of Prometheus and the clients write', () => {
    const text = JSON.stringify(ruleFile([latencyAbove({ ...OPTIONS, slowerThanMs: 1_000 })], 1));
    const [, pattern = ''] = /_bucket\{le=~\\"(.*?)\\"\}/.exec(text) ?? [];
    // Twice unescaped: from JSON, and from PromQL's quotes.
    const regex = new RegExp(`^(?:${pattern.replaceAll('\\\\\\\\', '\\')})$`);
    expect(['1', '1.0', '10', '1.5'].map((bound) => regex.test(bound))).toEqual([true, true, false, false]);
  });

  it('tell what is slow to who judges a release: the strictest limit of the service', () => {
    const [strict, loose] = [250, 500].map((slowerThanMs) => latencyAbove({ ...OPTIONS, of: ['web'], slowerThanMs }));
    const all = [loose, strict, errorRate({ ...TEST_OPTIONS, of: ['api'] })].filter((alert) => alert !== undefined);
    expect([objectiveMs(all, 'web'), objectiveMs(all, 'api')]).toEqual([250, undefined]);
  });

  it('are refused at a bound that no histogram has', () => {
    expect(() => latencyAbove({ ...OPTIONS, slowerThanMs: 300 })).toThrow(
      "slowerThanMs: must be one of the histograms' bounds: 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000",
    );
  });
});
