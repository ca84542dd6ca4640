import { describe, expect, it } from '@jest/globals';
import { STYLES } from './styles';

type Colour = readonly [red: number, green: number, blue: number];
type Palette = ReadonlyMap<string, string>;

/** Custom properties of the `:root` rules in a part of the style sheet. */
function properties(css: string): [string, string][] {
  return [...css.matchAll(/:root\{([^}]*)\}/g)].flatMap(([, body = '']) =>
    [...body.matchAll(/--([\w-]+):(#[0-9a-f]+)/g)].map(([, name = '', value = '']): [string, string] => [name, value]),
  );
}

const [light = '', dark = '', print = ''] = ['', '(prefers-color-scheme:dark)', 'print'].map((media) => {
  const start = media === '' ? 0 : STYLES.indexOf(`@media ${media}{`);
  return STYLES.slice(start, STYLES.indexOf('}', STYLES.indexOf(':root{', start)) + 1);
});
// Print is told of a page that may be dark on the screen: it has to replace the dark colours as well.
const PALETTES: readonly (readonly [string, Palette])[] = [
  ['light', new Map(properties(light))],
  ['dark', new Map([...properties(light), ...properties(dark)])],
  ['print', new Map([...properties(light), ...properties(dark), ...properties(print)])],
];

function parse(hex: string): { readonly colour: Colour; readonly alpha: number } {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = (digits.match(/../g) ?? []).map((pair) =>
    Number.parseInt(pair, 16),
  );
  return { colour: [red, green, blue], alpha: alpha / 255 };
}

/** A ground by name; `shade/card` is the one colour laid over the other, `idle*0.13/card` with its opacity. */
function ground(palette: Palette, name: string): Colour {
  const [top = '', below] = name.split('/');
  const [property = '', opacity = '1'] = top.split('*');
  const { colour, alpha } = parse(palette.get(property) ?? '');
  if (below === undefined) return colour;
  const under = ground(palette, below);
  const share = alpha * Number(opacity);
  const mix = (index: 0 | 1 | 2) => colour[index] * share + under[index] * (1 - share);
  return [mix(0), mix(1), mix(2)];
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Text by the grounds that it stands on; WCAG 1.4.3. */
const TEXT: Readonly<Record<string, readonly string[]>> = {
  ink: ['ground', 'card', 'wash', 'shade/card', 'idle*0.13/card'],
  soft: ['ground', 'card', 'wash', 'shade/card', 'idle*0.13/card'],
  // A link, a step's label (over its area, over a fault), a bar's label.
  info: ['card', 'wash', 'shade/card', 'info-wash', 'info-wash/card'],
  good: ['good-wash'],
  // The threshold's label may lie over a fault, over the errors and where there is no data.
  bad: ['bad-wash', 'card', 'shade/card', 'bad*0.14/card', 'idle*0.13/card'],
  warn: ['warn-wash', 'card'],
  // A hollow bar has no fill.
  idle: ['idle-wash', 'card', 'shade/card'],
  error: ['error-wash'],
};

/** Graphics that carry meaning; WCAG 1.4.11. A stacked area has an edge of the card's colour, so neighbours do not count. */
const GRAPHICS: Readonly<Record<string, readonly string[]>> = {
  good: ['card', 'shade/card', 'good-wash', 'wash'],
  bad: ['card', 'shade/card', 'wash'],
  warn: ['card', 'shade/card', 'warn-wash', 'wash'],
  info: ['card', 'shade/card', 'wash', 'ground'],
  idle: ['card', 'shade/card'],
  error: ['card'],
  p50: ['card', 'shade/card'],
  p95: ['card', 'shade/card'],
  p99: ['card', 'shade/card'],
  'rev-0': ['card', 'shade/card'],
  'rev-1': ['card', 'shade/card'],
  'rev-2': ['card', 'shade/card'],
  'rev-3': ['card', 'shade/card'],
  ink: ['wash'],
  soft: ['card'],
};

const pairs = (table: typeof TEXT) =>
  Object.entries(table).flatMap(([name, grounds]) => grounds.map((under): readonly [string, string] => [name, under]));

describe.each(PALETTES)('the %s palette', (_name, palette) => {
  it.each(pairs(TEXT))('keeps 4.5 : 1 for text in %s on %s', (name, under) => {
    expect(contrast(ground(palette, name), ground(palette, under))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(pairs(GRAPHICS))('keeps 3 : 1 for what is drawn in %s on %s', (name, under) => {
    expect(contrast(ground(palette, name), ground(palette, under))).toBeGreaterThanOrEqual(3);
  });
});

it('is measured for every colour that the style sheet gives to text', () => {
  const direct = [...STYLES.matchAll(/[{;]color:var\(--([\w-]+)\)/g)].map(([, name = '']) => name);
  const drawn = [...STYLES.matchAll(/text[^{},]*\{[^}]*?fill:var\(--([\w-]+)\)/g)].map(([, name = '']) => name);
  const label = [...STYLES.matchAll(/-label\{[^}]*?fill:var\(--([\w-]+)\)/g)].map(([, name = '']) => name);
  // `tone` and `t` stand for good, bad, warn, info, idle and error.
  const used = new Set([...direct, ...drawn, ...label].filter((name) => name !== 'tone' && name !== 't'));
  expect(used.size).toBeGreaterThan(3);
  expect([...used].filter((name) => !(name in TEXT))).toEqual([]);
});

it('is 21 for black on white and 1 for a colour on itself', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([9, 99, 199], [9, 99, 199])).toBe(1);
  expect(
    ground(
      new Map([
        ['a', '#ffffff80'],
        ['b', '#000'],
      ]),
      'a/b',
    )[0],
  ).toBeCloseTo(128);
});
