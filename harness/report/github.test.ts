import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Summary } from '../contract/summary';
import { annotations, jobSummary, tellGithub, type GithubOptions } from './github';

const scenario = (title: string, more: Partial<Summary['scenarios'][number]> = {}): Summary['scenarios'][number] => ({
  ...{ id: title, phase: 'rollback', title, verdict: 'passed', durationMs: 2_000, facts: {} },
  ...more,
});

const summaryOf = (...scenarios: Summary['scenarios']): Summary => ({
  ...{ schema: 1, run: 'r', startedAt: '2026-11-26T22:00:00.000Z', durationMs: 60_000, seed: 's', verdict: 'failed' },
  headline: 'Your stack did not survive',
  counts: { passed: 0, failed: 0, inconclusive: 0, error: 0, skipped: 0 },
  ...{ scenarios, measurements: [] },
});

const FAILED = scenario('a slow N+1: rolled back, or not', {
  ...{ verdict: 'failed', reason: 'lost 3 %\nof all', place: { file: 'scenarios/a.scenario.ts', line: 4 } },
});

describe('in a GitHub workflow', () => {
  it('what did not pass is an annotation at its line, whatever its words', () => {
    const unsure = scenario('busy', { verdict: 'inconclusive' });
    expect(annotations(summaryOf(unsure, scenario('good'), scenario('gone', { verdict: 'skipped' }), FAILED))).toBe(
      '::error file=scenarios/a.scenario.ts,line=4,title=failed%3A a slow N+1%3A rolled back%2C or not::lost 3 %25%0Aof all\n' +
        '::warning title=inconclusive%3A busy::no reason was given\n',
    );
  });

  it('a finding of a night is an annotation where its scenario stands', () => {
    const findings = [
      { kind: 'flaky', subject: FAILED.title, observed: 'passed 1 of 2 times', expected: 'one verdict' },
    ] as const;
    const night = {
      budgetMs: 1,
      candidates: 1,
      tried: 1,
      findings,
      leftOut: [{ id: 'l', title: 'late', reason: 'no time' }],
    };
    const told = { ...summaryOf({ ...FAILED, verdict: 'passed' }), night };
    expect(annotations(told)).toMatch(/^::error file=scenarios\/a\.scenario\.ts,line=4,title=flaky%3A a slow/);
    expect(jobSummary(told)).toMatch(
      /\| flaky \| a slow[^\n]*\n[^\n]*passed[^\n]*\n\| left out \| late \| {2}\| no time \|/,
    );
  });

  it('the job summary has what failed first, and no word of it is markup', () => {
    const text = jobSummary(summaryOf(scenario('a | <b>good</b> one'), FAILED));
    expect(text).toMatch(/^## ✕ Your stack did not survive\n/);
    expect(text.indexOf('lost 3 % of all')).toBeLessThan(text.indexOf('good'));
    expect(text).toContain('| ✓ passed | a \\| \\<b\\>good\\</b\\> one | 2 s |  |');
  });

  it('the job summary stays below what GitHub takes', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => scenario(`s${index}`, { reason: 'x'.repeat(600) }));
    const text = jobSummary(summaryOf(...many));
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toContain('The rest is in `summary.json`.');
  });

  it('both are written there, and nowhere else', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'github-')), 'summary.md');
    const printed: string[] = [];
    const told = (env: NonNullable<GithubOptions['env']>, json = false) =>
      tellGithub(summaryOf(FAILED), { env, json, print: (text) => printed.push(text) });
    told({ GITHUB_STEP_SUMMARY: path });
    expect(printed).toEqual([]);
    told({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path });
    told({ GITHUB_ACTIONS: 'true' });
    told({ GITHUB_ACTIONS: 'true' }, true);
    expect(printed).toEqual([annotations(summaryOf(FAILED)), annotations(summaryOf(FAILED))]);
    expect(readFileSync(path, 'utf8')).toBe(jobSummary(summaryOf(FAILED)));
  });
});
