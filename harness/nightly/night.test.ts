import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import type { NightlyHistory } from '../contract/nightly-history';
import type { Verdict } from '../contract/verdict';
import { renderJunit } from '../report/junit';
import { buildModel } from '../report/model';
import { renderPage } from '../report/page/page';
import { summarize } from '../report/summary';
import type { BatchResult, Candidate } from './candidate';
import { spendNight } from './night';
import { NightRecord } from './night-record';
import type { Planned } from './plan';
import { TONIGHT_MS, commandNamed, historyOf, scenarioNamed } from './testing/night';

const STACK_MS = 20_000;

interface Script {
  readonly candidates: readonly Candidate[];
  readonly first?: Candidate;
  readonly budgetMs: number;
  readonly takesMs?: number;
  /** What a try comes to. */
  readonly verdict?: (id: string, attempt: number) => Verdict;
  readonly stop?: (batch: number) => string | undefined;
  readonly reason?: string;
}

/** A night in a world whose clock moves only when something is tried. */
async function night({
  candidates,
  first,
  budgetMs,
  takesMs = 30_000,
  verdict = () => 'passed',
  stop,
  reason,
}: Script) {
  const journal = new MemoryJournal();
  const saved: NightlyHistory[] = [];
  const save = (history: NightlyHistory) => void saved.push(history);
  const record = new NightRecord({
    journal,
    candidates,
    history: historyOf(),
    at: '2026-11-26T22:00:00.000Z',
    seed: 's',
    save,
  });
  const abort = new AbortController();
  let nowMs = 0;
  const batches: string[][] = [];
  const tryBatch = async (batch: readonly Planned[], number: number): Promise<BatchResult> => {
    batches.push(batch.map(({ candidate, attempt }) => (attempt > 1 ? `${candidate.id}×${attempt}` : candidate.id)));
    const startedMs = nowMs;
    nowMs += batch[0]?.candidate.means.kind === 'scenario' ? STACK_MS : 0;
    const tries = batch.map(({ candidate, attempt }) => {
      nowMs += takesMs;
      if (nowMs > budgetMs) abort.abort(new Error('the budget has ended'));
      const comes = nowMs > budgetMs ? 'inconclusive' : verdict(candidate.id, attempt);
      return {
        candidate: candidate.id,
        verdict: comes,
        seed: 's',
        durationMs: takesMs,
        report: `tries/${number}/report.html`,
      };
    });
    const why = stop?.(number);
    return { tries, figures: [], tookMs: nowMs - startedMs, ...(why === undefined ? {} : { stop: why }) };
  };
  journal.append({ type: 'run-started', run: 'r', title: 'nightly', seed: 's', rerun: 'again', versions: {} });
  journal.append({ type: 'night-started', budgetMs, candidates: candidates.length });
  const end = await spendNight(
    {
      candidates,
      history: historyOf(),
      record,
      budgetMs,
      signal: abort.signal,
      ...(first === undefined ? {} : { first }),
    },
    { nowMs: () => nowMs, wallMs: () => TONIGHT_MS + nowMs, tryBatch },
  );
  record.finish(end.leftOut, reason ?? end.stopped);
  const model = buildModel({ lines: journal.lines, unreadable: [] }, 'r');
  return { batches, end, nowMs, model, summary: summarize(model), saved, page: renderPage(model, []) };
}

describe('a night', () => {
  it('tries what comes first, then each once, then repeats until nothing more fits', async () => {
    const first = commandNamed('command:npm test');
    const candidates = [first, ...['a', 'b', 'c'].map(scenarioNamed)];
    const { batches, nowMs, summary } = await night({ candidates, first, budgetMs: 420_000 });
    expect(batches[0]).toEqual(['command:npm test']);
    expect(batches.slice(1)).toEqual([['a', 'b', 'c'], ['a×2', 'b×2', 'c×2'], ['a×3', 'b×3', 'c×3'], ['a×4']]);
    expect(nowMs).toBeLessThanOrEqual(420_000);
    expect(summary).toMatchObject({ verdict: 'passed', headline: 'The night found nothing: 4 of 4 candidates tried' });
  });

  it('names what it left out in summary, report and none of the history', async () => {
    const { summary, page, saved } = await night({ candidates: ['a', 'b', 'c'].map(scenarioNamed), budgetMs: 120_000 });
    expect(summary.night).toMatchObject({ candidates: 3, tried: 1, leftOut: [{ id: 'b' }, { id: 'c' }] });
    expect(page).toContain('Left out');
    expect(page).toMatch(/it takes about \d+ s; \d+ s of the budget were left for it/);
    expect(
      saved
        .at(-1)
        ?.nights.at(-1)
        ?.tries.map(({ candidate }) => candidate),
    ).toEqual(['a', 'a']);
  });

  it('that finds a change of verdict with the same seed is red, and says of what', async () => {
    const verdict = (_: string, attempt: number) => (attempt === 2 ? 'failed' : 'passed');
    const { summary, page } = await night({ candidates: [scenarioNamed('shaky')], budgetMs: 200_000, verdict });
    expect(summary.verdict).toBe('failed');
    expect(summary.headline).toBe(
      'The night found 1 failure and 1 change of verdict with the same seed: 1 of 1 candidate tried',
    );
    expect(summary.night?.findings).toMatchObject([{ kind: 'flaky', subject: 'shaky' }]);
    expect(page).toContain('Changes its verdict');
  });

  it('in which a failure comes again is red, with each try in JUnit and a link to its report', async () => {
    const { summary, model, page } = await night({
      ...{ candidates: [scenarioNamed('bad')], budgetMs: 150_000, verdict: () => 'failed' },
    });
    expect(summary).toMatchObject({ verdict: 'failed', night: { findings: [] } });
    expect(renderJunit(model)).toContain('name="bad (again, 2)"');
    expect(page).toContain('href="tries/1/report.html"');
  });

  it('whose tries take longer than was thought is cut off: what ran is no verdict, and is not remembered', async () => {
    const { summary, saved, nowMs } = await night({
      candidates: ['a', 'b'].map(scenarioNamed),
      budgetMs: 200_000,
      takesMs: 120_000,
    });
    expect(nowMs).toBeGreaterThan(200_000);
    expect(summary.scenarios).toMatchObject([
      { id: 'a', verdict: 'passed' },
      { id: 'b', verdict: 'skipped', reason: 'cut off at the end of the budget' },
    ]);
    expect(summary.night?.leftOut).toMatchObject([{ id: 'b' }]);
    expect(summary.verdict).toBe('passed');
    expect(
      saved
        .at(-1)
        ?.nights.at(-1)
        ?.tries.map(({ candidate }) => candidate),
    ).toEqual(['a']);
  });

  it('in which a repetition could not tell keeps what was told before', async () => {
    const verdict = (_: string, attempt: number) => (attempt === 1 ? 'passed' : 'inconclusive');
    const { summary } = await night({ candidates: [scenarioNamed('a')], budgetMs: 150_000, verdict });
    expect(summary.verdict).toBe('passed');
    expect(summary.scenarios[1]).toMatchObject({
      verdict: 'skipped',
      reason: 'could not tell this time: inconclusive',
    });
  });

  it('in which something could never tell is inconclusive', async () => {
    const verdict = (id: string) => (id === 'a' ? 'inconclusive' : 'passed');
    const { summary } = await night({ candidates: ['a', 'b'].map(scenarioNamed), budgetMs: 150_000, verdict });
    expect(summary.verdict).toBe('inconclusive');
  });

  it('ends where nothing can be tried on this machine, and names all that was left', async () => {
    const candidates = [...['a', 'b', 'c', 'd', 'e'].map(scenarioNamed)];
    const { batches, summary } = await night({
      candidates,
      budgetMs: 3_600_000,
      stop: () => 'no Docker',
      verdict: () => 'error',
    });
    expect(batches).toHaveLength(1);
    expect(summary.night?.leftOut).toMatchObject([{ id: 'e', reason: 'nothing more could be tried: no Docker' }]);
    expect(summary.verdict).toBe('error');
  });

  it('in which nothing fitted is inconclusive: nothing is proven', async () => {
    const { summary } = await night({ candidates: [scenarioNamed('a')], budgetMs: 1_000 });
    expect(summary).toMatchObject({ verdict: 'inconclusive', night: { tried: 0, leftOut: [{ id: 'a' }] } });
  });
});
