import { formatOffset } from '../format';
import { html, type Markup, type Part } from '../markup';
import type { Range } from '../series';
import {
  at,
  drawing,
  LAYOUTS,
  moments,
  shades,
  timeAxis,
  timeScale,
  valueTicks,
  type Backdrop,
  type Layout,
} from './plot';

/** A line through points, or an area between two lines. NaN breaks it. */
export interface Trace {
  readonly name: string;
  readonly kind: 'line' | 'area';
  /** CSS class that gives colour and dashes. */
  readonly look: string;
  /** Same length as the chart's points. */
  readonly values: readonly number[];
  /** Lower edge of an area. Default 0. */
  readonly base?: readonly number[];
}

export interface ChartOptions {
  readonly label: string;
  readonly range: Range;
  readonly points: readonly Range[];
  readonly pointMs: number;
  readonly gaps: readonly Range[];
  readonly traces: readonly Trace[];
  readonly backdrop: Backdrop;
  readonly format: (value: number) => string;
  /** Horizontal limits. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
  /** The axis goes up to at least this. */
  readonly atLeast?: number;
  /** And no further than this, whatever is drawn: a share ends at 1. */
  readonly atMost?: number;
}

const HEIGHT = 128;
const TOP = 12;
const AXIS_HEIGHT = 22;

/** A chart over time, in every layout. */
export function chart(options: ChartOptions): Markup {
  return html`${LAYOUTS.map((layout) => draw(options, layout))}`;
}

/** The key of a chart: a sample of each look and its name. */
export function legend(
  items: readonly { readonly look: string; readonly kind: Trace['kind']; readonly name: string }[],
): Markup {
  return html`<ul class="legend">
    ${items.map(
      (item) =>
        html`<li>
          <svg viewBox="0 0 22 10" width="22" height="10" aria-hidden="true">
            ${
              item.kind === 'line'
                ? html`<path class="line ${item.look}" d="M0 5H22" />`
                : html`<rect class="area ${item.look}" width="22" height="10" rx="2" />`
            }</svg
          >${item.name}
        </li>`,
    )}
  </ul>`;
}

function draw(options: ChartOptions, layout: Layout): Markup {
  const { range, traces, limits = [] } = options;
  const peak = Math.max(...traces.flatMap((trace) => trace.values.filter(Number.isFinite)), 0);
  const wanted = Math.max(peak * 1.04, options.atLeast ?? 0, ...limits.map(({ value }) => value * 1.3));
  const most = options.atMost ?? Infinity;
  const ticks = valueTicks(Math.min(wanted, most)).filter((tick) => tick <= most);
  const limit = ticks.at(-1) ?? 1;
  const bottom = TOP + HEIGHT;
  const x = timeScale(range, layout);
  const y = (value: number) => at(bottom - (Math.min(value, limit) / limit) * HEIGHT);
  const right = layout.width - layout.right;
  const content = html` ${timeAxis(range, layout, { top: TOP, bottom })}
    ${shades(options.backdrop, x, { top: TOP, bottom })}
    <g class="axis"
      >${ticks.map(
        (tick) =>
          html`<line
              x1="${layout.left}"
              x2="${right}"
              y1="${y(tick)}"
              y2="${y(tick)}"
              class="${tick === 0 ? 'base' : 'grid'}"
            /><text x="${layout.left - 6}" y="${y(tick) + 4}" text-anchor="end">${options.format(tick)}</text>`,
      )}</g
    >
    ${options.gaps.map((gap) => hatch(gap, x, bottom, range))} ${traces.map((trace) => tracePath(trace, options, x, y))}
    ${moments(options.backdrop, x, { top: TOP, bottom })} ${limits.map((one) => limitLine(one, y(one.value), layout))}`;
  return drawing(layout, bottom + AXIS_HEIGHT, options.label, content);
}

function limitLine({ label }: { readonly label: string }, y: number, layout: Layout): Markup {
  const right = layout.width - layout.right;
  return html`<line x1="${layout.left}" x2="${right}" y1="${y}" y2="${y}" class="threshold" /><text
      x="${right - 2}"
      y="${y - 4}"
      text-anchor="end"
      class="threshold-label"
      >${label}</text
    >`;
}

function hatch(gap: Range, x: (ms: number) => number, bottom: number, range: Range): Part {
  const [left, right] = [x(gap.startMs), x(gap.endMs)];
  const from = formatOffset(gap.startMs - range.startMs);
  const to = formatOffset(gap.endMs - range.startMs);
  return html`<rect x="${left}" y="${TOP}" width="${at(Math.max(1, right - left))}" height="${bottom - TOP}" class="gap"
      ><title>no data from ${from} to ${to}</title></rect
    >${
      right - left > 52 &&
      html`<text x="${at((left + right) / 2)}" y="${TOP + HEIGHT / 2 + 4}" text-anchor="middle" class="gap-label"
        >no data</text
      >`
    }`;
}

interface Corner {
  readonly x: number;
  readonly top: number;
  readonly base: number;
}

/** Stretches of a trace without a break in value or in time. */
function stretches(
  trace: Trace,
  options: ChartOptions,
  x: (ms: number) => number,
  y: (value: number) => number,
): Corner[][] {
  const runs: Corner[][] = [];
  let run: Corner[] = [];
  let lastEndMs = Number.NEGATIVE_INFINITY;
  options.points.forEach((point, index) => {
    const value = trace.values[index] ?? Number.NaN;
    const broken = !Number.isFinite(value) || point.startMs - lastEndMs > 0.75 * options.pointMs;
    if (broken && run.length > 0) {
      runs.push(run);
      run = [];
    }
    if (!Number.isFinite(value)) return;
    lastEndMs = point.endMs;
    run.push({ x: x((point.startMs + point.endMs) / 2), top: y(value), base: y(trace.base?.[index] ?? 0) });
  });
  return run.length > 0 ? [...runs, run] : runs;
}

function tracePath(trace: Trace, options: ChartOptions, x: (ms: number) => number, y: (value: number) => number): Part {
  const runs = stretches(trace, options, x, y);
  if (trace.kind === 'line') {
    const lines = runs.map((run) =>
      run.length === 1
        ? `M${run[0]?.x} ${run[0]?.top}h0.1`
        : `M${run.map((corner) => `${corner.x} ${corner.top}`).join('L')}`,
    );
    return html`<path class="line ${trace.look}" d="${lines.join('')}"><title>${trace.name}</title></path>`;
  }
  const areas = runs
    .filter((run) => run.some((corner) => corner.top !== corner.base))
    .map((run) => {
      const there = run.map((corner) => `${corner.x} ${corner.top}`).join('L');
      const back = [...run]
        .reverse()
        .map((corner) => `${corner.x} ${corner.base}`)
        .join('L');
      return `M${there}L${back}Z`;
    });
  return (
    areas.length > 0 && html`<path class="area ${trace.look}" d="${areas.join('')}"><title>${trace.name}</title></path>`
  );
}
