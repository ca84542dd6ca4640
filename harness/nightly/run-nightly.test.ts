import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { monotonicMs } from '../core/clock';
import type { Candidate } from './candidate';
import { readHistory } from './history';
import { runNightly, type NightlyOptions } from './run-nightly';

let directory: string;
let abort: AbortController;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nightly-'));
  abort = new AbortController();
});

const command = (name: string, text: string, figuresIn?: string): Candidate => ({
  ...{ id: `command:${name}`, title: name, phase: 'commands', guessMs: 100 },
  means: { kind: 'command', command: ['sh', '-c', text], ...(figuresIn === undefined ? {} : { figuresIn }) },
});

const historyPath = () => join(directory, 'history.json');

const nightOf = (candidates: readonly Candidate[], more: Partial<NightlyOptions> = {}) =>
  runNightly({
    ...{
      configPath: 'none',
      candidates,
      budgetMs: 20_000,
      seed: 's',
      historyPath: historyPath(),
      rerun: 'npm run nightly',
    },
    ...{ reportsDirectory: join(directory, 'reports'), progress: { step: () => undefined }, signal: abort.signal },
    ...more,
  });

describe('a night of commands', () => {
  it('takes their exit codes for verdicts, and is as red as the worst', async () => {
    const { summary } = await nightOf([
      command('good', 'exit 0'),
      command('bad', 'echo why; exit 1'),
      command('unsure', 'exit 3'),
      command('unfit', 'echo no Docker; exit 2'),
    ]);
    expect(Object.fromEntries(summary.scenarios.map(({ title, verdict }) => [title, verdict]))).toEqual({
      ...{ good: 'passed', bad: 'failed', unsure: 'inconclusive', unfit: 'error' },
    });
    expect(summary.verdict).toBe('failed');
    expect(summary.scenarios.find(({ title }) => title === 'bad')?.reason).toBe('exit code 1: why');
  });

  it('leaves a report in all three forms, a log of each, a link to it, and a history with its figures', async () => {
    const figures = join(directory, 'bench');
    mkdirSync(figures);
    const writes = `echo said; echo '[{"name":"lost","value":3,"unit":"requests","samples":9},{"name":"none","value":null,"unit":"ms"}]' > ${figures}/1.json`;
    const { summary, htmlPath } = await nightOf([command('bench', writes, figures)]);
    const folder = join(htmlPath, '..');
    for (const name of ['report.html', 'summary.json', 'junit.xml']) expect(existsSync(join(folder, name))).toBe(true);
    expect(readFileSync(join(folder, 'logs', '001.log'), 'utf8')).toBe('said\n');
    expect(readlinkSync(join(directory, 'reports', 'latest'))).toBe(summary.run);
    expect(readHistory(historyPath()).history.nights).toMatchObject([
      { seed: 's', tries: [{ verdict: 'passed' }], figures: [{ name: 'lost', values: [3] }] },
    ]);
  });

  it('takes the figures of a command that writes the same file every night', async () => {
    const figures = join(directory, 'bench');
    mkdirSync(figures);
    const writes = `echo '[{"name":"lost","value":3,"unit":"requests"}]' > ${figures}/latest.json`;
    for (const night of ['first', 'second']) await nightOf([command('bench', writes, figures)], { seed: night });
    await nightOf([command('bench', 'exit 0', figures)], { seed: 'third' });
    const { nights } = readHistory(historyPath()).history;
    expect(Object.fromEntries(nights.map((night) => [night.seed, night.figures.length]))).toEqual({
      ...{ first: 1, second: 1, third: 0 },
    });
  });

  it('gives each the seed', async () => {
    const { summary } = await nightOf([command('seeded', '[ "$ROLLPROOF_SEED" = s ]')]);
    expect(summary.verdict).toBe('passed');
  });

  it('ends what runs when its budget ends, lets it clean up, and says that it was cut off', async () => {
    const startedMs = monotonicMs();
    const cleanUp = `trap "echo cleaned > ${directory}/cleaned; exit 130" TERM; while :; do sleep 0.05; done`;
    const { summary } = await nightOf([command('endless', cleanUp)], { budgetMs: 500 });
    expect(monotonicMs() - startedMs).toBeLessThan(10_000);
    expect(existsSync(join(directory, 'cleaned'))).toBe(true);
    expect(summary.scenarios).toMatchObject([{ verdict: 'skipped', reason: 'cut off at the end of the budget' }]);
    expect(summary.verdict).toBe('inconclusive');
  });

  it('ends with its report when it is interrupted', async () => {
    const running = nightOf([command('endless', 'exec sleep 60')], {
      onOutput: () => undefined,
      progress: { step: () => abort.abort(new Error('interrupted by SIGINT')) },
    });
    const { summary } = await running;
    expect(summary).toMatchObject({ verdict: 'inconclusive', reason: 'interrupted by SIGINT' });
  });

  it('says that its history could not be read, and begins a new one', async () => {
    writeFileSync(historyPath(), '{"schema":1,"nigh');
    const { htmlPath } = await nightOf([command('good', 'exit 0')]);
    expect(readFileSync(htmlPath, 'utf8')).toContain('the history could not be read (not JSON)');
    expect(readHistory(historyPath()).history.nights).toHaveLength(1);
  });

  it('tries nothing beside a history of a newer version, or one that another night holds', async () => {
    writeFileSync(historyPath(), '{"schema":2}');
    await expect(nightOf([command('good', 'exit 0')])).rejects.toMatchObject({ code: 'history-newer' });
    expect(existsSync(join(directory, 'reports'))).toBe(false);
    writeFileSync(historyPath(), '{"schema":1,"nights":[]}');
    const first = nightOf([command('slow', 'sleep 0.3')]);
    await expect(nightOf([command('good', 'exit 0')])).rejects.toMatchObject({ code: 'project-locked' });
    expect((await first).summary.verdict).toBe('passed');
  });
});
