import { BENCHMARKS } from './benchmarks';

/** The measurements by name, for `bench --help`. */
export function benchmarkList(): string {
  const width = Math.max(...Object.keys(BENCHMARKS).map((name) => name.length));
  const rows = Object.entries(BENCHMARKS).map(
    ([name, { title, nightly = false }]) => `  ${name.padEnd(width)}  ${title}${nightly ? ' (nightly)' : ''}`,
  );
  return `\nMeasurements; nightly ones take long, and run only when they are named:\n${rows.join('\n')}\n`;
}
