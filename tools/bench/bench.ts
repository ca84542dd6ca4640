import type { Command } from 'commander';
import { interruptible } from '../../harness/core/interrupt';
import { exampleLines, exitCodes, finish, withConfig } from '../../harness/cli/help';
import { benchmarkList } from './benchmark-list';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { BENCHMARKS } from './benchmarks';
import { missesBar, type BenchOptions, type BenchRow } from './row';
import { wallIso } from '../../harness/core/clock';
import { HarnessError } from '../../harness/core/errors';

/** `rollproof bench [names…]`: measures, prints a table, writes `reports/bench/<time>.json`. Exit 1 when a limit is passed. */
export async function bench(names: readonly string[], options: BenchOptions): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown.length > 0) {
    throw new HarnessError('unknown-benchmark', {
      message: `no benchmark is called ${unknown.join(', ')}`,
      hint: `There are: ${Object.keys(BENCHMARKS).join(', ')}.`,
    });
  }
  const chosen = Object.entries(BENCHMARKS).filter(([name, { nightly }]) =>
    names.length === 0 ? !nightly : names.includes(name),
  );
  const rows: BenchRow[] = [];
  for (const [name, { title, measure }] of chosen) {
    options.signal.throwIfAborted();
    process.stderr.write(`\n── ${name}: ${title}\n`);
    const measured = await measure(options);
    if (measured.length === 0) {
      throw new HarnessError('nothing-measured', { message: `the benchmark ${name} found nothing to measure` });
    }
    for (const row of measured) process.stdout.write(`${formatRow(row)}\n`);
    rows.push(...measured);
  }
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const directory = join('reports', 'bench');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${wallIso().replace(/[:.]/g, '-')}.json`);
  writeFileSync(
    path,
    `${JSON.stringify(
      rows.map((row) => ({ ...row, machine })),
      null,
      2,
    )}\n`,
  );
  process.stdout.write(`\n${path}\n`);
  return rows.some(missesBar) ? 1 : 0;
}

function formatRow(row: BenchRow): string {
  const round = (value: number) => String(Number(value.toPrecision(4)));
  const mark = row.limit === undefined ? ' ' : missesBar(row) ? '✗' : '✓';
  const limit = row.limit === undefined ? '' : ` (limit ${round(row.limit)})`;
  const baseline = row.baseline === undefined ? '' : `, baseline ${round(row.baseline)}`;
  return `${mark} ${row.name}: ${round(row.value)} ${row.unit}${limit}${baseline}, ${row.samples} samples`;
}

export function addBench(program: Command): void {
  withConfig(program.command('bench'))
    .description('measure, and write reports/bench/<time>.json')
    .argument('[names...]', 'which measurements; by default all but the nightly ones')
    .addHelpText('after', benchmarkList)
    .addHelpText('after', exampleLines('npm run bench', 'npm run bench -- load rollbacks'))
    .addHelpText('after', exitCodes('measured, all within their limits', 'a limit was passed, or a measurement failed'))
    .action((names: string[], { config }: { config: string }) =>
      finish(interruptible((signal) => bench(names, { configPath: config, signal }))),
    );
}
