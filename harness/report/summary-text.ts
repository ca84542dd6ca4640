import { styleText } from 'node:util';
import type { Verdict } from '../contract/observation';
import type { Summary, SummaryScenario } from '../contract/summary';
import { formatCount, formatDuration } from './format';
import { printable } from './markup';
import { tells } from './opening';

/** A verdict's sign on a terminal. */
export const SIGNS: Readonly<Record<Verdict, string>> = {
  passed: '✓',
  failed: '✕',
  error: '▲',
  inconclusive: '◆',
  skipped: '–',
};
const COLOURS = {
  passed: 'green',
  failed: 'red',
  error: 'magenta',
  inconclusive: 'yellow',
  skipped: 'dim',
} as const satisfies Record<Verdict, string>;
const ORDER: readonly Verdict[] = ['failed', 'error', 'inconclusive', 'passed', 'skipped'];

/** A run for the terminal: a line a scenario, worst first, reasons below, and the verdict. Coloured on a terminal only. */
export function renderSummaryText(
  summary: Summary,
  options: {
    /** Default: whether standard output is a terminal and `NO_COLOR` is not set. */
    readonly colour?: boolean;
  } = {},
): string {
  const isColoured = options.colour ?? (process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  const label = (verdict: Verdict) => style(COLOURS[verdict], `${SIGNS[verdict]} ${verdict.padEnd(12)}`);
  const sorted = ORDER.flatMap((verdict) => summary.scenarios.filter((scenario) => scenario.verdict === verdict));
  const width = Math.max(0, ...sorted.map((scenario) => clean(scenario.title).length));
  const took = (scenario: SummaryScenario) => formatDuration(scenario.durationMs).padStart(12);
  const lines = sorted.flatMap((scenario) => [
    `  ${label(scenario.verdict)} ${clean(scenario.title).padEnd(width)} ${style('dim', took(scenario))}`,
    ...(scenario.reason === undefined || tells(summary.headline, clean(scenario.reason))
      ? []
      : [`      ${style('dim', clean(scenario.reason))}`]),
  ]);
  const counts = ORDER.filter((verdict) => summary.counts[verdict] > 0).map(
    (verdict) => `${formatCount(summary.counts[verdict])} ${verdict}`,
  );
  const verdict = style(['bold', COLOURS[summary.verdict]], `${SIGNS[summary.verdict]} ${clean(summary.headline)}.`);
  const total = `${verdict}  ${counts.join(', ') || 'no scenario ran'} in ${formatDuration(summary.durationMs)}  ${style('dim', `seed ${clean(summary.seed)}`)}`;
  const isTold =
    sorted.some(({ reason }) => reason === summary.reason) || tells(summary.headline, clean(summary.reason ?? ''));
  const own = isTold ? undefined : summary.reason;
  return [...lines, '', total, ...(own === undefined ? [] : [`  ${clean(own)}`])].join('\n').replace(/^\n/, '');
}

/** One line of printable text: a title cannot move the cursor, nor change a colour. */
function clean(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}
