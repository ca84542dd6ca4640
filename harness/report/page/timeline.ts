import { NO_TRAFFIC } from '../../contract/traffic-counts';
import { errorCount } from '../series';
import { chart, legend, type Trace } from '../charts/chart';
import { laneChart, type Lane, type LaneMark } from '../charts/lanes';
import { formatCount, formatDuration, formatNumber, formatOffset, formatPercent } from '../format';
import { html, type Markup, type Part } from '../markup';
import { chartedTraffic, type ScenarioView } from '../scenario-view';
import { errorFinding, gapSentence, latencyFinding, splitGaps } from '../sentences';
import { addTraffic, loadSeries, trafficSeries, type Range, type Series } from '../series';
import { timelineBackdrop, timelineEvents, timelineLanes, trafficFinding } from '../timeline-lanes';
import { details, table } from './parts';

/** Rows of a chart's table; longer runs are joined, and the table says so. */
const TABLE_ROWS_MAX = 120;

/** Lanes and charts of a scenario, on one time axis. Where nothing happened and all went well, the charts are folded away. */
export function timeline(view: ScenarioView): Markup {
  const lanes = lanesFigure(view);
  const charts = html`${errorFigure(view)}${latencyFigure(view)}${chartedTraffic(view).map((traffic) => trafficFigure(view, traffic))}`;
  if (lanes !== undefined) return html`${lanes}${charts}`;
  return html`<p class="soft">Nothing was released or broken here: there was only load.</p>
    ${view.scenario.verdict === 'passed' ? details('Its charts: errors, latency, traffic', charts) : charts}`;
}

function figure(title: string, finding: Part, drawing: Markup, more: Part): Markup {
  return html`<figure>
    <figcaption>
      <h4>${title}</h4>
      ${finding}
    </figcaption>
    ${drawing}${more}
  </figure>`;
}

/** What is missing: a warning, but where a scenario that passed had not begun its load, or had ended it. */
function hole(series: Series<Range>, { scenario: range }: ScenarioView, what?: string): Part {
  const { inner, rims } = splitGaps(series, range, range.verdict === 'passed');
  const sentence = gapSentence(inner, range, what);
  return html`${sentence !== undefined && html`<p class="hole">⚠ ${sentence}</p>`}${rims.length > 0 && html`<p>${rims.join(' ')}</p>`}`;
}

function joined(series: Series<Range>, what: string): string {
  const length = formatDuration(series.pointMs);
  return `${what}, ${formatCount(series.points.length)} rows of ${length} each`;
}

function lanesFigure(view: ScenarioView): Part {
  const { lanes, quiet } = timelineLanes(view);
  const events = timelineEvents(view);
  if (lanes.length === 0 && events.length === 0) return undefined;
  const range = view.scenario;
  const rest = quiet.length === 0 ? '' : ` Healthy throughout, and not drawn: ${quiet.join(', ')}.`;
  const rows = events.map((event) => [formatOffset(event.atMs - range.startMs, true), event.lane, event.text]);
  const columns = [
    { name: 'At', kind: 'num' },
    { name: 'Lane', kind: 'keep' },
    { name: 'What happened', kind: 'text' },
  ] as const;
  return figure(
    'What happened when',
    html`<p>Minutes and seconds since the scenario began.${markKey(lanes)}${rest}</p>`,
    laneChart({ label: `Timeline of ${view.scenario.title}`, range, lanes, backdrop: timelineBackdrop(view) }),
    details(`All ${formatCount(events.length)} events as a table`, table({ label: 'Events', columns, rows })),
  );
}

const MARK_KEY: Readonly<Record<LaneMark['shape'], string>> = {
  diamond: '◆ fault proved',
  circle: '● hold',
  triangle: '▲ promote',
  square: '■ abort',
  cross: '✕ died',
  envelope: '✉ reached the pager',
  check: '✓ resolved',
};

/** The meaning of the marks that are drawn. */
function markKey(lanes: readonly Lane[]): string {
  const drawn = new Set(lanes.flatMap(({ marks }) => marks.map(({ shape }) => shape)));
  const known = (Object.keys(MARK_KEY) as LaneMark['shape'][]).filter((shape) => drawn.has(shape));
  return known.length === 0 ? '' : ` ${known.map((shape) => MARK_KEY[shape]).join(' · ')}.`;
}

function errorFigure(view: ScenarioView): Markup {
  const { load, scenario: range, limits } = view;
  const finding = errorFinding(load, limits[0]?.value, range);
  const values = load.points.map((point) => point.errorRatio);
  const drawing = chart({
    label: `Error ratio over time. ${finding}`,
    range,
    ...load,
    traces: [
      { name: 'error ratio', kind: 'area', look: 'error-area', values },
      { name: 'error ratio', kind: 'line', look: 'error-line', values },
    ],
    backdrop: timelineBackdrop(view),
    format: formatPercent,
    limits,
    atMost: 1,
  });
  return figure(
    'Error ratio',
    html`<p>${finding}</p>
      ${hole(load, view)}`,
    drawing,
    loadTable(view),
  );
}

function loadTable(view: ScenarioView): Markup {
  const { scenario: range } = view;
  const series = loadSeries(view.loadWindows, range, TABLE_ROWS_MAX);
  const columns = ['From', 'Sent', 'Ok', 'Failed', 'Lost', 'Late', 'Error ratio', 'p50', 'p95', 'p99'].map(
    (name) => ({ name, kind: 'num' }) as const,
  );
  const rows = series.points.map((point) => [
    formatOffset(point.startMs - range.startMs),
    ...[point.sent, point.ok, point.failed, point.lost, point.late].map(formatCount),
    formatPercent(point.errorRatio),
    ...[point.p50, point.p95, point.p99].map(formatDuration),
  ]);
  return details(joined(series, 'The load as a table'), table({ label: 'Load', columns, rows }));
}

function latencyFigure(view: ScenarioView): Markup {
  const { load, scenario: range } = view;
  const finding = latencyFinding(view);
  const traces: Trace[] = (['p50', 'p95', 'p99'] as const).map((name) => ({
    name,
    kind: 'line',
    look: name,
    values: load.points.map((point) => point[name]),
  }));
  const drawing = chart({
    label: `Latency over time. ${finding}`,
    range,
    ...load,
    traces,
    backdrop: timelineBackdrop(view),
    format: (value) => (value >= 1000 ? `${formatNumber(value / 1000)} s` : `${formatNumber(value)} ms`),
  });
  return figure(
    'Latency',
    html`<p>${finding}</p>
      ${legend(traces)}${hole(load, view)}`,
    drawing,
    undefined,
  );
}

function trafficFigure(view: ScenarioView, traffic: ScenarioView['traffic'][number]): Markup {
  const { scenario: range } = view;
  const { service, series } = traffic;
  const revisions = Object.keys(addTraffic(series.points));
  const perSecond = (value: number, point: Range) => (value * 1000) / (point.endMs - point.startMs);
  let base = series.points.map(() => 0);
  const areas = revisions.map((revision, index): Trace => {
    const lower = base;
    const upper = series.points.map(
      (point, at) => (lower[at] ?? 0) + perSecond(point.revisions[revision]?.requests ?? 0, point),
    );
    base = upper;
    return { name: revision, kind: 'area', look: `rev-${index % 4}`, values: upper, base: lower };
  });
  const errors: Trace = {
    name: 'errors, of any revision',
    kind: 'area',
    look: 'errors',
    values: series.points.map((point) =>
      perSecond(
        Object.values(point.revisions).reduce((total, counts) => total + counts.errors, 0),
        point,
      ),
    ),
  };
  const finding = trafficFinding(service, series.points);
  const traces = errors.values.some((value) => value > 0) ? [...areas, errors] : areas;
  const drawing = chart({
    label: `Traffic of ${service} by revision, requests per second. ${finding}`,
    range,
    ...series,
    traces,
    backdrop: timelineBackdrop(view),
    format: (value) => `${formatNumber(value)}/s`,
  });
  const caption = html`<p>${finding}</p>
    ${legend(traces)}${hole(series, view, 'request seen by the front')}`;
  return figure(`Traffic of ${service} by revision`, caption, drawing, trafficTable(view, service, revisions));
}

function trafficTable(view: ScenarioView, service: string, revisions: readonly string[]): Markup {
  const windows = view.trafficWindows.filter((window) => window.service === service);
  const series = trafficSeries(windows, view.scenario, TABLE_ROWS_MAX);
  const columns = ['From', ...revisions.flatMap((revision) => [`${revision} requests`, 'errors'])].map(
    (name) => ({ name, kind: 'num' }) as const,
  );
  const rows = series.points.map((point) => [
    formatOffset(point.startMs - view.scenario.startMs),
    ...revisions.flatMap((revision) => {
      const counts = point.revisions[revision] ?? NO_TRAFFIC;
      return [formatCount(counts.requests), errorCount(counts)];
    }),
  ]);
  return details(joined(series, 'The traffic as a table'), table({ label: `Traffic of ${service}`, columns, rows }));
}
