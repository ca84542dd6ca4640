import { describe, expect, it } from '@jest/globals';
import type { JournalLine, Verdict } from '../contract/observation';
import { renderJunit } from './junit';
import { buildModel } from './model';
import { ACTS, failedLines, recordedLines, replaced } from './testing/recorded-run';

const junitOf = (lines: readonly JournalLine[]) => renderJunit(buildModel({ lines, unreadable: [] }, 'run'));

const because = (reason: string | undefined) => (reason === undefined ? {} : { reason });

/** A run whose last line says that it ended so. */
const ended = (lines: readonly JournalLine[], verdict: Verdict, reason?: string) =>
  replaced(lines, { type: 'run-finished' }, (line) => ({ ...line, verdict, ...because(reason) }));

/** A run with another ending of its last act. */
const withLastAct = (lines: readonly JournalLine[], verdict: Verdict, reason?: string) =>
  replaced(lines, { type: 'scenario-finished', scenario: ACTS.deadDependency }, (line) => ({
    ...{ ...line, verdict, ...because(reason) },
  }));

const totals = (junit: string) => {
  const [, tests, failures, errors, skipped] =
    /<testsuites\s[^>]*?tests="(\d+)" failures="(\d+)"\s+errors="(\d+)" skipped="(\d+)"/.exec(junit) ?? [];
  return [tests, failures, errors, skipped].map(Number);
};
const OWN_CASE = /<testsuite\s+id="\d+"\s+name="run"[^]*<testcase name="flagship" classname="run.flagship"/;

describe('junit.xml', () => {
  it('counts a suite a phase, and calls inconclusive an error', () => {
    const junit = junitOf(withLastAct(failedLines(), 'inconclusive'));
    expect(junit.startsWith('<?xml version="1.0"')).toBe(true);
    expect(junit).toMatch(
      /<testsuite\s+id="0"\s+name="flagship"\s+tests="4"\s+failures="1"\s+errors="1"\s+skipped="0"\s+time="131.710"\s+timestamp="2026-11-26T15:56:19"\s+hostname="localhost"/,
    );
    expect(junit).toMatch(/<failure\s+type="failed"\s+message="orders-r3 was promoted/);
    expect(junit).toMatch(/<error\s+type="inconclusive"/);
  });

  it('has no case for a run that its scenarios account for', () => {
    expect(totals(junitOf(recordedLines()))).toEqual([4, 0, 0, 0]);
    expect(totals(junitOf(failedLines()))).toEqual([4, 1, 0, 0]);
    // What cuts a run off cuts off its scenario too: told once.
    expect(totals(junitOf(ended(withLastAct(recordedLines(), 'error', 'Ctrl-C'), 'error', 'Ctrl-C')))).toEqual([
      4, 0, 1, 0,
    ]);
  });

  it('tells of a stack that did not come up', () => {
    const lines = recordedLines().filter((line) => line.type === 'run-started' || line.type === 'run-finished');
    const junit = junitOf(ended(lines, 'error', 'compose up: orders-r1 is unhealthy'));
    expect(totals(junit)).toEqual([1, 0, 1, 0]);
    expect(junit).toMatch(OWN_CASE);
    expect(junit).toMatch(/<error\s+type="error"\s+message="compose up: orders-r1 is unhealthy"/);
  });

  it('tells of a run that ended in error after its scenarios', () => {
    const junit = junitOf(ended(recordedLines(), 'error', 'teardown: 2 containers are left'));
    expect(totals(junit)).toEqual([5, 0, 1, 0]);
    expect(junit).toMatch(OWN_CASE);
    expect(junit).toMatch(/<error\s+type="error"\s+message="teardown: 2 containers are left"/);
    expect(totals(junitOf(ended(failedLines(), 'error', 'teardown')))).toEqual([5, 1, 1, 0]);
  });

  it('tells of what failed in the run as a whole, with its checks', () => {
    const check = { name: 'what was acknowledged is stored once', verdict: 'failed', observed: '1 missing' } as const;
    const loose = { at: recordedLines()[0]?.at ?? 0, type: 'check', ...check, expected: '0 missing' } as const;
    const junit = junitOf([...ended(recordedLines(), 'failed', '1 missing'), loose].sort((a, b) => a.at - b.at));
    expect(totals(junit)).toEqual([5, 1, 0, 0]);
    expect(junit).toContain('failed: what was acknowledged is stored once; observed 1 missing; expected 0 missing');
  });

  it('is never green for a run that proved nothing', () => {
    const unfinished = recordedLines().filter((line) => line.type !== 'run-finished');
    const verdict = 'skipped';
    const skipped = replaced(recordedLines(), { type: 'scenario-finished' }, (line) => ({ ...line, verdict }));
    expect(totals(junitOf(unfinished))).toEqual([5, 0, 1, 0]);
    expect(totals(junitOf([]))).toEqual([1, 0, 1, 0]);
    expect(totals(junitOf(skipped))).toEqual([5, 0, 1, 4]);
    expect(junitOf(skipped)).toContain('Every scenario was skipped: nothing is proven.');
  });
});
