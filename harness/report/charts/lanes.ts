import { html, type Markup, type Part } from '../markup';
import type { Range } from '../series';
import { at, drawing, LAYOUTS, shades, timeAxis, timeScale, type Backdrop, type Layout, type Tone } from './plot';

/** A stretch on a lane. */
export interface LaneBar extends Range {
  readonly tone: Tone;
  readonly label: string;
  /** The whole of it, for the pointer. */
  readonly title: string;
  /** Drawn as an outline: something is absent or under way. */
  readonly hollow?: boolean;
}

/** A moment on a lane. Each shape has one meaning, and one key in the caption. */
export interface LaneMark {
  readonly atMs: number;
  readonly shape: 'circle' | 'diamond' | 'square' | 'triangle' | 'cross' | 'envelope' | 'check';
  readonly tone: Tone;
  readonly title: string;
}

export interface Lane {
  readonly group: string;
  readonly name: string;
  readonly bars: readonly LaneBar[];
  readonly marks: readonly LaneMark[];
  /** Percent of the traffic as steps, each until the next. */
  readonly steps?: readonly { readonly atMs: number; readonly percent: number }[];
}

const ROW = 26;
const BAR = 18;
const CHARACTER = 6.4;

/** Lanes over time, in every layout. */
export function laneChart(options: {
  readonly label: string;
  readonly range: Range;
  readonly lanes: readonly Lane[];
  readonly backdrop: Backdrop;
}): Markup {
  return html`${LAYOUTS.map((layout) => draw(options, layout))}`;
}

function draw(options: Parameters<typeof laneChart>[0], layout: Layout): Markup {
  const { range, lanes } = options;
  const x = timeScale(range, layout);
  const nameRoom = layout.namesAbove ? 15 : 0;
  let top = 4;
  const rows: Part[] = [];
  let group: string | undefined;
  for (const lane of lanes) {
    if (group !== undefined && lane.group !== group) {
      rows.push(html`<line x1="0" x2="${layout.width}" y1="${top + 3}" y2="${top + 3}" class="divide" />`);
      top += 7;
    }
    group = lane.group;
    rows.push(laneRow(lane, { layout, x, range, top: top + nameRoom }));
    top += ROW + nameRoom;
  }
  const box = { top: 2, bottom: top + 2 };
  const content = html`${timeAxis(range, layout, box)}${shades(options.backdrop, x, box)}${rows}`;
  return drawing(layout, box.bottom + 22, options.label, content);
}

interface Place {
  readonly layout: Layout;
  readonly x: (ms: number) => number;
  readonly range: Range;
  readonly top: number;
}

function fit(text: string, width: number): string {
  const most = Math.floor(width / CHARACTER);
  return text.length <= most ? text : most < 4 ? '' : `${text.slice(0, most - 1)}…`;
}

function laneRow(lane: Lane, place: Place): Markup {
  const { layout, x, range, top } = place;
  const inside = (atMs: number) => atMs >= range.startMs && atMs <= range.endMs;
  const room = layout.namesAbove ? layout.width - 8 : layout.left - 16;
  const name = fit(lane.name, room);
  const marks = lane.marks.filter((mark) => inside(mark.atMs)).map((mark) => x(mark.atMs));
  const [nameX, nameY] = layout.namesAbove ? [0, top - 2] : [0, top + 16];
  return html`<g class="lane"
    ><text x="${nameX}" y="${nameY}" class="lane-name"><title>${lane.name}</title>${name}</text>
    ${lane.steps !== undefined && stepArea(lane.steps, place)}
    ${lane.bars.map((bar) => barBox(bar, { x, top: top + (ROW - BAR) / 2, marks }))}
    ${lane.marks.filter((mark) => inside(mark.atMs)).map((mark) => markShape(mark, x(mark.atMs), top + ROW / 2))}</g
  >`;
}

function barBox(
  bar: LaneBar,
  { x, top, marks }: { readonly x: (ms: number) => number; readonly top: number; readonly marks: readonly number[] },
): Markup {
  const left = x(bar.startMs);
  const width = at(Math.max(2, x(bar.endMs) - left));
  // A mark near the start of a bar takes the place of its label, which moves on.
  const labelEnd = left + bar.label.length * CHARACTER + 14;
  const textLeft = Math.max(
    left + 6,
    ...marks.filter((mark) => mark > left - 8 && mark < labelEnd).map((mark) => mark + 11),
  );
  const text = fit(bar.label, left + width - textLeft - 4);
  return html`<g class="bar ${bar.tone}${bar.hollow === true ? ' hollow' : ''}"
    ><title>${bar.title}</title><rect x="${left}" y="${top}" width="${width}" height="${BAR}" rx="3" />${
      text !== '' && html`<text x="${at(textLeft)}" y="${top + 13}">${text}</text>`
    }</g
  >`;
}

function stepArea(steps: NonNullable<Lane['steps']>, { x, range, top, layout }: Place): Part {
  const base = top + ROW - 3;
  const y = (percent: number) => at(base - (percent / 100) * (ROW - 6));
  const first = steps[0];
  if (first === undefined) return undefined;
  let path = `M${x(first.atMs)} ${base}`;
  const labels: Part[] = [];
  const changes = steps.filter((step, index) => step.percent !== steps[index - 1]?.percent);
  changes.forEach((step, index) => {
    const until = changes[index + 1]?.atMs ?? range.endMs;
    const [left, right] = [x(step.atMs), x(until)];
    path += `L${left} ${y(step.percent)}H${right}`;
    const text = `${Math.round(step.percent)} %`;
    if (
      until < range.startMs ||
      step.atMs > range.endMs ||
      step.percent === 0 ||
      right - left < text.length * CHARACTER + 6
    )
      return;
    labels.push(
      html`<text
        x="${at(left + 4)}"
        y="${step.percent > 55 ? y(step.percent) + 12 : y(step.percent) - 3}"
        class="step-label"
        >${text}</text
      >`,
    );
  });
  const end = Math.min(x(range.endMs), layout.width - layout.right);
  return html`<path class="steps" d="${path}L${end} ${base}Z" />${labels}`;
}

/** A shape of 12 units around its middle. */
function markShape(mark: LaneMark, x: number, y: number): Markup {
  const title = html`<title>${mark.title}</title>`;
  const body = ((): Markup => {
    switch (mark.shape) {
      case 'circle':
        return html`<circle cx="${x}" cy="${y}" r="4" />`;
      case 'diamond':
        return html`<path d="M${x} ${y - 6}l6 6l-6 6l-6-6Z" />`;
      case 'square':
        return html`<path d="M${at(x - 5.5)} ${at(y - 5.5)}h11v11h-11Z" />`;
      case 'triangle':
        return html`<path d="M${x} ${y - 6}l6.5 11h-13Z" />`;
      case 'cross':
        return html`<path class="stroke" d="M${x - 4} ${y - 4}l8 8m0-8l-8 8" />`;
      case 'envelope':
        return html`<path d="M${x - 7} ${y - 5}h14v10h-14Z" /><path class="cut" d="M${x - 7} ${y - 5}l7 5.5l7-5.5" />`;
      case 'check':
        return html`<circle cx="${x}" cy="${y}" r="6.5" /><path class="cut" d="M${x - 3} ${y}l2.3 2.5l4-4.8" />`;
    }
  })();
  return html`<g class="mark ${mark.tone}">${title}${body}</g>`;
}
