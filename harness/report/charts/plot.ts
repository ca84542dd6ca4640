import { formatOffset } from '../format';
import { html, type Markup } from '../markup';
import type { Range } from '../series';

/** How wide a drawing is, in its own units, and where its time axis lies. Every drawing of a scenario shares it. */
export interface Layout {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  readonly left: number;
  readonly right: number;
  /** Names of lanes stand above them where there is no room beside. */
  readonly namesAbove: boolean;
}

/** One drawing for screens and paper, one for phones; the page shows the one that fits. */
export const LAYOUTS: readonly Layout[] = [
  { name: 'wide', width: 1000, left: 148, right: 14, namesAbove: false },
  { name: 'narrow', width: 360, left: 38, right: 8, namesAbove: true },
];

/** The colour of a mark by its meaning. Every mark has a shape or a text as well. */
export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'idle';

/** A stretch or a moment that every chart of a scenario shows behind its data. */
export interface Backdrop {
  readonly shades: readonly (Range & { readonly label: string })[];
  readonly moments: readonly { readonly atMs: number; readonly label: string; readonly tone: Tone }[];
}

/** Coordinates with one decimal: a tenth of a unit cannot be seen, and digits cost bytes. */
export function at(value: number): number {
  return Math.round(value * 10) / 10;
}

export function timeScale(range: Range, layout: Layout): (ms: number) => number {
  const span = range.endMs - range.startMs;
  const room = layout.width - layout.left - layout.right;
  return (ms) => at(layout.left + (Math.min(Math.max(ms - range.startMs, 0), span) / span) * room);
}

const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/** Moments of the time axis, ms since its start. */
function timeTicks(range: Range, layout: Layout): number[] {
  const spanS = (range.endMs - range.startMs) / 1000;
  const most = layout.namesAbove ? 5 : 11;
  const stepS = TIME_STEPS_S.find((step) => spanS / step <= most) ?? Math.ceil(spanS / most);
  return Array.from({ length: Math.floor(spanS / stepS) + 1 }, (_, index) => index * stepS * 1000);
}

/** A round limit at or above `value`, and three to five ticks up to it. */
export function valueTicks(value: number): number[] {
  const most = Number.isFinite(value) && value > 0 ? value : 1;
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => most / size <= 4.001) ?? most;
  const count = Math.ceil(most / step - 0.001);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** Vertical lines and labels of the time axis. */
export function timeAxis(range: Range, layout: Layout, box: { readonly top: number; readonly bottom: number }): Markup {
  const x = timeScale(range, layout);
  const ticks = timeTicks(range, layout);
  return html`<g class="axis">
    ${ticks.map((ms) => {
      const atX = x(range.startMs + ms);
      const anchor = atX > layout.width - layout.right - 14 ? 'end' : 'middle';
      return html`<line x1="${atX}" x2="${atX}" y1="${box.top}" y2="${box.bottom}" class="grid" /><text
          x="${atX}"
          y="${box.bottom + 15}"
          text-anchor="${anchor}"
          >${formatOffset(ms)}</text
        >`;
    })}
  </g>`;
}

interface Box {
  readonly top: number;
  readonly bottom: number;
}

/** Shaded faults, behind a drawing. */
export function shades(backdrop: Backdrop, x: (ms: number) => number, box: Box): Markup {
  const height = at(box.bottom - box.top);
  return html`${backdrop.shades.map((shade) => {
    const left = x(shade.startMs);
    const width = at(Math.max(1, x(shade.endMs) - left));
    return html`<rect x="${left}" y="${box.top}" width="${width}" height="${height}" class="shade"
      ><title>${shade.label}</title></rect
    >`;
  })}`;
}

/** Marked decisions, over a drawing. */
export function moments(backdrop: Backdrop, x: (ms: number) => number, box: Box): Markup {
  return html`${backdrop.moments.map((moment) => {
    const left = x(moment.atMs);
    return html`<line x1="${left}" x2="${left}" y1="${box.top}" y2="${box.bottom}" class="moment ${moment.tone}"
      ><title>${moment.label}</title></line
    >`;
  })}`;
}

/** An SVG that reads as one image with a name. */
export function drawing(layout: Layout, height: number, label: string, content: Markup): Markup {
  return html`<svg
    class="${layout.name}"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${layout.width} ${at(height)}"
    width="${layout.width}"
    height="${at(height)}"
  >
    ${content}
  </svg>`;
}
