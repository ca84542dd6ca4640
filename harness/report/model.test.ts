import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import type { WatchGap } from '../contract/watch-gap';
import { formatDuration, formatOffset, formatPercent } from './format';
import { html } from './markup';
import { buildModel, overallVerdict } from './model';
import { faultFelt, faultLabel, faultState } from './phrases';
import { alertSentence } from './sentences';
import { loadSeries } from './series';
import { alertSpans, healthSpans } from './spans';
import { viewScenario } from './scenario-view';
import { containerName, timelineEvents, timelineLanes } from './timeline-lanes';
import { valueTicks } from './charts/plot';
import { ACTS, recordedLines } from './testing/recorded-run';

describe('overallVerdict', () => {
  it('is the worst, and never green for nothing', () => {
    expect(overallVerdict(['passed', 'inconclusive', 'failed', 'error'])).toBe('failed');
    expect(overallVerdict(['passed', 'skipped'])).toBe('passed');
    expect(overallVerdict(['skipped'])).toBe('inconclusive');
    expect(overallVerdict([])).toBe('inconclusive');
  });
});

describe('healthSpans', () => {
  const health = (at: number, state: 'started' | 'healthy' | 'died' | 'stopped'): JournalLine => ({
    at,
    ...{ type: 'health', service: 'a', container: 'p-a-1', state },
  });
  const states = (...lines: JournalLine[]) => healthSpans(lines).map((span) => span.state);

  it('calls a wanted stop a stop, in whichever order it was written', () => {
    expect(states(health(1, 'healthy'), health(5000, 'died'), health(5100, 'stopped'))).toEqual(['healthy', 'stopped']);
    expect(states(health(1, 'healthy'), health(5000, 'stopped'), health(5100, 'died'))).toEqual(['healthy', 'stopped']);
  });

  it('calls a crash a crash, and joins what two watchers wrote', () => {
    expect(states(health(1, 'healthy'), health(2, 'healthy'), health(5000, 'died'), health(5001, 'died'))).toEqual([
      'healthy',
      'died',
    ]);
  });
});

describe('alertSpans', () => {
  const alert = (at: number, state: 'pending' | 'firing' | 'inactive', happenedAtMs?: number): JournalLine => ({
    at,
    ...{ type: 'alert', alert: 'A', labels: {}, state },
    ...(happenedAtMs === undefined ? {} : { happenedAtMs }),
  });

  it('takes the line’s time for "firing" when the source repeats the moment of "pending"', () => {
    const spans = alertSpans([alert(110, 'pending', 100), alert(500, 'firing', 100), alert(900, 'inactive')]);
    expect(spans).toMatchObject([
      { state: 'pending', fromMs: 100, toMs: 500 },
      { state: 'firing', fromMs: 500, toMs: 900 },
    ]);
  });

  it('leaves an alert open that never ended', () => {
    expect(alertSpans([alert(1, 'firing')])).toMatchObject([{ state: 'firing', toMs: undefined }]);
  });
});

describe('alertSentence', () => {
  const say = (
    peakOverThreshold: number,
    pendingOverFor: number,
    { fired = false, ...more }: { fired?: boolean; samples?: number; gaps?: WatchGap[] } = {},
  ) =>
    alertSentence(
      {
        at: 0,
        type: 'alert-evidence',
        alert: 'A',
        peakOverThreshold,
        pendingOverFor,
        compression: 1,
        samples: 9,
        fired,
        meanRatio: 0,
        gaps: [],
        ...more,
      },
      fired,
    );

  it('tells a condition that was never true from one that was too short, and both from a miss', () => {
    expect(say(0.8, 0)).toContain('never true');
    expect(say(3, 0.5)).toContain('too short');
    expect(say(3, 1.2)).toContain('should have fired');
    expect(say(3, 1.2, { fired: true })).toContain('A fired');
  });

  it('does not call silence right while nobody could look', () => {
    expect(say(0.8, 0)).toContain('rightly');
    expect(say(0.8, 0, { gaps: [{ fromMs: 0, toMs: 4_000, reason: 'refused' }] })).toMatch(
      /^No A was seen, but nobody could look for 4 s: /,
    );
  });

  it('claims nothing without samples', () => {
    expect(say(0, 0, { samples: 0 })).toBe('Nothing can be said about A: it had no samples.');
  });
});

describe('loadSeries', () => {
  const window = (second: number, sent = 10, lost = 0) =>
    ({
      at: 0,
      type: 'load-window',
      load: 'l',
      startMs: second * 1000,
      lengthMs: 1000,
      sent,
      ok: sent - lost,
      failed: 0,
      lost,
      late: 0,
      latencyMsP50: 1,
      latencyMsP95: 2,
      latencyMsP99: sent === 0 ? Number.NaN : 3,
    }) as const;

  it('adds up loads that ran at once', () => {
    const { points } = loadSeries([window(0), window(0, 30, 10), window(1)], { startMs: 0, endMs: 2000 });
    expect(points.map((point) => [point.sent, point.errorRatio])).toEqual([
      [40, 0.25],
      [10, 0],
    ]);
  });

  it('finds no gap in windows that drift, and one where windows are missing', () => {
    const drifting = Array.from({ length: 400 }, (_, index) => ({
      ...window(0),
      startMs: index * 1003,
      lengthMs: 1003,
    }));
    expect(loadSeries(drifting, { startMs: 0, endMs: 401_200 }, 1000).gaps).toEqual([]);
    expect(loadSeries([window(0), window(1), window(5)], { startMs: 0, endMs: 6000 }).gaps).toEqual([
      { startMs: 2000, endMs: 5000 },
    ]);
  });

  it('takes seconds in which nothing ended for missing data', () => {
    const { points, gaps } = loadSeries([window(0), window(1, 0), window(2)], { startMs: 0, endMs: 3000 });
    expect(points[1]?.errorRatio).toBeNaN();
    expect(gaps).toEqual([{ startMs: 1000, endMs: 2000 }]);
  });

  it('is not misled by a short last window', () => {
    const { pointMs, gaps } = loadSeries([window(0), window(1), { ...window(2), lengthMs: 353 }], {
      startMs: 0,
      endMs: 2353,
    });
    expect(pointMs).toBe(1000);
    expect(gaps).toEqual([]);
  });

  it('joins long runs and loses no request', () => {
    const windows = Array.from({ length: 1000 }, (_, index) => window(index));
    const { points, pointMs } = loadSeries(windows, { startMs: 0, endMs: 1_000_000 }, 100);
    expect(points.length).toBeLessThanOrEqual(101);
    expect(pointMs).toBe(10_000);
    expect(points.reduce((total, point) => total + point.sent, 0)).toBe(10_000);
  });
});

describe('words and figures', () => {
  it('are short and exact', () => {
    expect([0.42, 25, 2140, 24_600, 84_000, 120_000].map(formatDuration)).toEqual([
      '0.42 ms',
      '25 ms',
      '2.1 s',
      '25 s',
      '1 min 24 s',
      '2 min',
    ]);
    expect([formatOffset(84_300), formatOffset(7340, true)]).toEqual(['1:24', '0:07.3']);
    expect([0, 0.0004, 0.05, 0.123].map(formatPercent)).toEqual(['0 %', '0.04 %', '5 %', '12.3 %']);
    expect(valueTicks(0.0546)).toEqual([0, 0.02, 0.04, 0.06]);
  });

  it('name faults of any kind', () => {
    expect(faultState({ kind: 'latency', target: 'a->b', detail: { what: 'a->b was 200 ms slow' } })).toBe(
      'a → b was 200 ms slow',
    );
    expect(faultFelt({ felt: { felt: 41, of: 42, unit: 'answers' } })).toBe('felt by 41 of 42 answers');
    expect(faultFelt({})).toBeUndefined();
    expect(faultState({ kind: 'partition', target: 'a', detail: {} })).toBe('a suffered partition');
    expect(faultLabel({ kind: 'crash', target: 'db', detail: {} })).toBe('crash · db');
  });

  it('shorten a container to what a reader calls it', () => {
    expect(containerName('rp-orders-4f2a-orders-r2-1', 'orders')).toBe('orders-r2');
    expect(containerName('0123456789abcdef', 'orders')).toBe('orders 0123456');
    expect(containerName('by-hand', 'orders')).toBe('by-hand');
  });

  it('are escaped by the template unless they are markup', () => {
    expect(html`<b title="${'"<&'}">${html`<i>${'<'}</i>`}${false}${undefined}${[1, '>']}</b>`.text).toBe(
      '<b title="&quot;&lt;&amp;"><i>&lt;</i>1&gt;</b>',
    );
  });
});

describe('timelineLanes', () => {
  const helpers = /-(agent|signaller)-/;
  /** The last act of the recorded run, of some of its lines. */
  const view = (isTaken: (line: JournalLine) => boolean = () => true) => {
    const run = buildModel({ lines: recordedLines().filter(isTaken), unreadable: [] }, 'run');
    const scenario = run.scenarios.find(({ id }) => id === ACTS.deadDependency);
    if (scenario === undefined) throw new Error('no dead dependency was recorded');
    return viewScenario(run, scenario);
  };
  const names = (isTaken?: (line: JournalLine) => boolean) =>
    timelineLanes(view(isTaken)).lanes.map(({ name }) => name);

  it('draws what the compose files have, and leaves helpers to the table', () => {
    const { lanes } = timelineLanes(view());
    expect(lanes.map(({ name }) => name)).toContain('payments-r1');
    expect(lanes.filter(({ name }) => helpers.test(name))).toEqual([]);
    const texts = timelineEvents(view()).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(/^rp-shop-ab12d0-signaller-[0-9a-f]+ started$/));
  });

  it('does not say of a container that nobody checks that it starts for as long as it runs', () => {
    const labels = (state: 'healthy' | 'stopped') => {
      const { scenario } = view();
      const at = scenario.startMs;
      const told = { type: 'health', service: 'web', container: 'rp-x-web-r2-1' } as const;
      const lines: JournalLine[] = [
        { ...told, at: at + 10, state: 'started' },
        { ...told, at: at + 500, state },
      ];
      const run = buildModel({ lines: [...recordedLines(), ...lines], unreadable: [] }, 'run');
      const { lanes } = timelineLanes(viewScenario(run, scenario));
      return lanes.find(({ name }) => name === 'web-r2')?.bars.map(({ label }) => label);
    };
    expect(labels('healthy')).toEqual(['starting', 'healthy']);
    expect(labels('stopped')).toEqual(['running', 'stopped']);
  });

  it('names an alert by its service only where it fires for more than one', () => {
    const isOfOrders = (line: JournalLine) => line.type !== 'alert' || line.labels['service'] === 'orders';
    expect(names(isOfOrders)).toContain('HighErrorRate');
    expect(names()).toEqual(expect.arrayContaining(['orders: HighErrorRate', 'gateway: HighErrorRate']));
  });
});
