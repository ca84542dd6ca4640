import { describe, expect, it } from '@jest/globals';
import { chart } from './charts/chart';
import { detailText } from './phrases';
import { trafficFinding } from './timeline-lanes';

describe('words and figures of the page', () => {
  it('gives each revision its share of all requests, wherever it was at the end', () => {
    const counts = (requests: number) => ({ requests, errors: 0, clientErrors: 0 });
    const points = [
      { revisions: { 'web-r1': counts(80), 'web-r2': counts(20) } },
      { revisions: { 'web-r1': counts(100) } },
    ];
    expect(trafficFinding('web', points)).toBe(
      'web-r1 answered 180 with 0 errors, 90 % of all; web-r2 answered 20 with 0 errors, 10 % of all.',
    );
  });

  it('rounds what nobody reads to the last digit', () => {
    expect(detailText({ tookMs: 1565.8830080000043, replicas: 2, kind: 'x' })).toBe('tookMs 1,566, replicas 2, kind x');
  });

  it('ends the axis of a share at 100 %', () => {
    const range = { startMs: 0, endMs: 1_000 };
    const drawn = (atMost?: number) => {
      const traces = [{ name: 'x', kind: 'line', look: 'x', values: [1] }] as const;
      const backdrop = { shades: [], moments: [] };
      const format = (value: number) => `${value * 100}%`;
      const rest = { label: 'x', range, points: [range], pointMs: 1_000, gaps: [], traces, backdrop, format };
      return chart({ ...rest, ...(atMost === undefined ? {} : { atMost }) }).text;
    };
    expect(drawn(1)).toContain('>100%<');
    expect(drawn(1)).not.toMatch(/>1[1-9]\d%</);
    expect(drawn()).toMatch(/>1[1-9]\d%</);
  });
});
