import { formatDuration, formatNumber } from '../format';
import { html, type Markup } from '../markup';
import { at, drawing, LAYOUTS, type Layout, type Tone } from './plot';

/** A bar of a value against a limit, drawn from 0 to twice the limit or the value. The mark is the limit. */
export function meter(
  value: number,
  limit: number,
  label: string,
  tones: { readonly within: Tone; readonly over: Tone } = { within: 'good', over: 'bad' },
): Markup {
  const full = Math.max(limit * 1.6, value * 1.08);
  const width = 160;
  const x = (amount: number) => at((Math.max(0, amount) / full) * width);
  const tone = value > limit ? tones.over : tones.within;
  return html`<svg
    class="meter"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${width} 14"
    width="${width}"
    height="14"
  >
    <rect class="track" y="3" width="${width}" height="8" rx="4" />
    <rect class="fill ${tone}" y="3" width="${Number.isFinite(value) ? x(value) : 0}" height="8" rx="4" />
    <path class="limit" d="M${x(limit)} 0V14" />
  </svg>`;
}

/** Two values of one thing on a shared scale, and the way from the first to the second. */
export function dumbbell(before: number, after: number, most: number, label: string): Markup {
  const width = 220;
  const x = (amount: number) => at(6 + (Math.max(0, amount) / (most > 0 ? most : 1)) * (width - 12));
  return html`<svg
    class="dumbbell"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${width} 14"
    width="${width}"
    height="14"
  >
    <path class="base" d="M0 7H${width}" />
    <path class="way" d="M${x(before)} 7H${x(after)}" />
    <circle class="before" cx="${x(before)}" cy="7" r="4" />
    <circle class="after" cx="${x(after)}" cy="7" r="4.5" />
  </svg>`;
}

/** A small line of ratios, for the matrix. */
export function sparkline(values: readonly number[], threshold: number | undefined, label: string): Markup {
  const [width, height] = [120, 22];
  // Without a limit, a failure in a hundred is low and one in ten is high.
  const most = Math.max(threshold === undefined ? 0.1 : threshold * 1.5, ...values.filter(Number.isFinite));
  const y = (value: number) => at(height - 1 - (value / most) * (height - 3));
  let path = '';
  let joined = false;
  values.forEach((value, index) => {
    if (Number.isFinite(value))
      path += `${joined ? 'L' : 'M'}${at((index / Math.max(1, values.length - 1)) * width)} ${y(value)}`;
    joined = Number.isFinite(value);
  });
  return html`<svg
    class="spark"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
  >
    ${threshold !== undefined && html`<path class="threshold" d="M0 ${y(threshold)}H${width}" />`}
    <path class="line error" d="${path}" />
  </svg>`;
}

export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly tone: Tone;
}

/** Phases one after another on a true scale: durations say how long, the bar says what it was spent on. */
export function phaseBar(phases: readonly Phase[], label: string): Markup {
  return html`${LAYOUTS.map((layout) => drawPhases(phases, layout, label))}`;
}

function drawPhases(phases: readonly Phase[], layout: Layout, label: string): Markup {
  const startMs = Math.min(...phases.map((phase) => phase.fromMs));
  const endMs = Math.max(...phases.map((phase) => phase.toMs));
  const span = Math.max(1, endMs - startMs);
  const x = (ms: number) => at(1 + ((ms - startMs) / span) * (layout.width - 2));
  const content = html`${phases.map((phase) => {
      const left = x(phase.fromMs);
      const width = at(Math.max(3, x(phase.toMs) - left));
      const text = `${phase.name} · ${formatDuration(phase.toMs - phase.fromMs)}`;
      return html`<g class="bar ${phase.tone}"
        ><title>${text}</title><rect x="${left}" y="1" width="${width}" height="26" rx="3" />${
          width > text.length * 6.6 + 12 && html`<text x="${left + 8}" y="18">${text}</text>`
        }</g
      >`;
    })}<g class="axis"
      ><text x="1" y="42">0 s</text
      ><text x="${layout.width - 1}" y="42" text-anchor="end">${formatNumber(span / 1000)} s</text></g
    >`;
  return drawing(layout, 46, label, content);
}
