import { attribution, type Attribution } from '../../harness/contract/attribution';
import type { BenchRow } from './row';

/** What was said of a case, against what it is. */
export interface Told {
  readonly label: Attribution;
  readonly said: Attribution;
  readonly tookMs: number;
}

/**
 * Of all cases so many may be attributed wrongly, percent; and of those that are called a bad release, so many may be none: Microsoft's Gandalf
 * stops bad releases with a precision of 92.4 % and a recall of 100 % (Li et al., NSDI 2020).
 */
const WRONG_MAX_PERCENT = 5;
const FALSELY_BLAMED_MAX_PERCENT = 7.6;

/** Labels down, what was said of them across. */
export function confusionTable(told: readonly Told[]): string {
  const all = attribution.options;
  const width = Math.max(...all.map((name) => name.length)) + 2;
  const cells = (first: string, rest: readonly (string | number)[]) =>
    [first.padEnd(width), ...rest.map((cell) => String(cell).padStart(width))].join('');
  const rows = all.map((label) =>
    cells(
      label,
      all.map((said) => told.filter((one) => one.label === label && one.said === said).length || '·'),
    ),
  );
  return `${[cells('is \\ said', all), ...rows].join('\n')}\n`;
}

export function figuresOf(told: readonly Told[]): BenchRow[] {
  const wrong = told.filter(({ label, said }) => label !== said);
  const bad = told.filter(({ label }) => label === 'version');
  const blamed = told.filter(({ said }) => said === 'version');
  const percent = (count: number, of: number) => (100 * count) / Math.max(1, of);
  const falselyBlamed = blamed.filter(({ label }) => label !== 'version');
  const missed = bad.filter(({ said }) => said !== 'version');
  return [
    {
      ...{ name: 'cases attributed wrongly', value: percent(wrong.length, told.length), unit: '%' },
      ...{ limit: WRONG_MAX_PERCENT, samples: told.length },
    },
    {
      ...{ name: 'called a bad release, and is none', value: percent(falselyBlamed.length, blamed.length), unit: '%' },
      ...{ limit: FALSELY_BLAMED_MAX_PERCENT, samples: blamed.length },
    },
    {
      ...{ name: 'bad releases that were called something else', value: missed.length, unit: 'releases' },
      ...{ limit: 0, samples: bad.length },
    },
    {
      name: 'one case, longest',
      value: Math.max(0, ...told.map(({ tookMs }) => tookMs)) / 1_000,
      unit: 's',
      samples: told.length,
    },
  ];
}
