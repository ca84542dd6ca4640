import { basename, dirname, join } from 'node:path';
import { loadConfigFile } from '../contract/config-file';
import { FileJournal } from '../contract/journal';
import type { LeftOut } from '../contract/lines/night';
import type { Summary } from '../contract/summary';
import { deadline, monotonicMs, wallIso, wallMs } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import type { Progress } from '../core/progress';
import { acquireLock } from '../project/lock';
import { createRunFolder, linkLatest } from '../project/run-folder';
import { buildReport } from '../report/build-report';
import type { Candidate } from './candidate';
import { readHistory, writeHistory } from './history';
import { STACK_GUESS_MS, spendNight } from './night';
import { NightRecord } from './night-record';
import { planNight, type Plan } from './plan';
import { tryBatch } from './try-batch';

export interface NightlyOptions {
  readonly configPath: string;
  readonly candidates: readonly Candidate[];
  /** Of them what is tried before anything is chosen. */
  readonly first?: Candidate;
  /** What is not to be tried, and why: it is named in the report. */
  readonly leftOut?: readonly LeftOut[];
  readonly budgetMs: number;
  /** Default: the day, as `2026-11-26`: every try of a day makes the same choices. */
  readonly seed?: string;
  /** The commit that is tried: who changes its verdict on it since another night is flaky too. Default: nobody knows it. */
  readonly revision?: string;
  /** Default: `.rollproof/nightly/<name of the stack>.json`. */
  readonly historyPath?: string;
  /** Default `reports`. */
  readonly reportsDirectory?: string;
  /** The command that repeats this night, but for its seed. */
  readonly rerun: string;
  readonly progress: Progress;
  /** Takes what the tries say. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What is left when a night has ended. */
export interface FinishedNight {
  readonly summary: Summary;
  readonly htmlPath: string;
}

/**
 * A night: spends its budget on its candidates, tells what it found, and leaves a report whatever happens. What runs when the budget ends is asked to
 * clean up, and gone three minutes later.
 * @throws HarnessError `history-newer`, `project-locked` (another night holds the history), `config-invalid`; nothing was tried then
 */
export async function runNightly(options: NightlyOptions): Promise<FinishedNight> {
  const { candidates, first, revision, budgetMs, progress, signal, rerun } = options;
  const historyPath = await historyPathOf(options);
  using _lock = acquireLock({ path: `${historyPath}.lock`, project: basename(historyPath, '.json'), command: rerun });
  const { history, problem } = readHistory(historyPath);
  const reportsDirectory = options.reportsDirectory ?? 'reports';
  const seed = options.seed ?? wallIso().slice(0, 10);
  const folder = createRunFolder(reportsDirectory);
  using journal = new FileJournal(folder.journalPath);
  journal.append({
    ...{ type: 'run-started', run: folder.run, title: 'nightly', seed, rerun: `${rerun} --seed ${seed}` },
    versions: { node: process.versions.node },
  });
  journal.append({ type: 'night-started', budgetMs, candidates: candidates.length });
  if (problem !== undefined) {
    progress.step(problem);
    journal.append({ type: 'note', message: problem });
  }
  const record = new NightRecord({
    ...{ journal, candidates, history, at: wallIso(), seed, save: (all) => writeHistory(historyPath, all) },
    ...(revision === undefined ? {} : { revision }),
  });
  const budget = new AbortController();
  const stopTimer = deadline(budgetMs, () => {
    progress.step('the budget has ended; what runs cleans up');
    budget.abort(new HarnessError('run-deadline-passed', { message: 'the budget of the night has ended' }));
  });
  const { onOutput } = options;
  const ground = { configPath: options.configPath, seed, directory: folder.directory, reportsDirectory };
  try {
    const end = await spendNight(
      {
        candidates,
        history,
        record,
        budgetMs,
        signal: AbortSignal.any([signal, budget.signal]),
        ...(first === undefined ? {} : { first }),
      },
      {
        ...{ nowMs: monotonicMs, wallMs },
        tryBatch: async (batch, number, ending) => {
          progress.step(
            `▶ ${batch.map(({ candidate, attempt }) => `${candidate.title}${attempt > 1 ? ` (again, ${attempt})` : ''}`).join(' · ')}`,
          );
          const result = await tryBatch(
            batch,
            number,
            { ...ground, ...(onOutput === undefined ? {} : { onOutput }) },
            ending,
          );
          for (const { candidate, verdict } of result.tries) progress.step(`  ${verdict}: ${candidate}`);
          return result;
        },
      },
    );
    const interrupted = signal.aborted ? errorMessage(signal.reason) : undefined;
    record.finish([...(options.leftOut ?? []), ...end.leftOut], interrupted ?? end.stopped);
  } finally {
    stopTimer();
    // Runs of commands that the night started have pointed it at themselves.
    linkLatest(folder.run, reportsDirectory);
  }
  return await buildReport(folder.directory);
}

/** What a night would try now, in this order, if everything took what it is expected to. Changes nothing. */
export async function planNightly(options: Omit<NightlyOptions, 'rerun' | 'progress' | 'signal'>): Promise<Plan> {
  const { history } = readHistory(await historyPathOf(options));
  const { candidates, first, budgetMs } = options;
  const ground = { history, tonight: [], nowMs: wallMs(), stackMs: STACK_GUESS_MS };
  const before = planNight({ ...ground, candidates: first === undefined ? [] : [first], remainingMs: Infinity }).order;
  const rest = planNight({
    ...{ ...ground, candidates: candidates.filter((one) => one !== first) },
    remainingMs: budgetMs - (before[0]?.expectedMs ?? 0),
  });
  return { ...rest, order: [...before, ...rest.order] };
}

async function historyPathOf({
  historyPath,
  configPath,
}: Pick<NightlyOptions, 'historyPath' | 'configPath'>): Promise<string> {
  if (historyPath !== undefined) return historyPath;
  const { config, stateDirectory } = await loadConfigFile(configPath);
  return join(dirname(stateDirectory), 'nightly', `${config.name}.json`);
}
