import { groupBy } from '../core/group-by';
import { wallIso } from '../core/clock';
import { html, type Markup, type Part } from './markup';
import type { RunModel, ScenarioModel } from './model';

/** What a test case is made of. */
type Case = Pick<
  ScenarioModel,
  'id' | 'phase' | 'title' | 'attempt' | 'verdict' | 'reason' | 'durationMs' | 'startMs' | 'checks'
>;

/**
 * A run as JUnit XML: a suite a phase, a case a scenario or a stage of a pipeline, and one for the run itself where no scenario tells how it ended. JUnit knows no
 * "inconclusive": that is an error, never green.
 */
export function renderJunit(run: RunModel): string {
  const cases = [...run.scenarios, ...stages(run), ...runItself(run)];
  const phases = [...groupBy(cases, (one) => one.phase)];
  return html`<?xml version="1.0" encoding="UTF-8"?>
    <testsuites
      name="${run.title}"
      ${totals(cases)}
      time="${seconds(run.endMs - run.startMs)}"
      timestamp="${stamp(run.startMs)}"
    >
      ${phases.map(([phase, own], index) => suite({ phase, cases: own, index, run }))}</testsuites
    > `.text;
}

/** A case a stage. One that did not come to its end is an error. */
function stages({ pipeline, verdict: own }: RunModel): Case[] {
  return (pipeline?.stages ?? []).map(({ stage, state, reason, durationMs = 0, startedAtMs }) => {
    const failed = own === 'passed' ? 'failed' : own;
    const verdict = state === 'passed' || state === 'skipped' ? state : state === 'failed' ? failed : 'error';
    const why = state === 'started' ? 'It did not come to its end.' : reason;
    const named = { id: stage, phase: 'pipeline', title: stage, attempt: 1, verdict };
    return { ...named, reason: why, durationMs, startMs: startedAtMs, checks: [] };
  });
}

/** A stack that did not come up, or orders that were lost, are no scenario's finding: without a case of its own the file would be green. */
function runItself({ ownEnding, title, startMs, endMs, looseChecks: checks }: RunModel): Case[] {
  if (ownEnding === undefined) return [];
  return [{ id: title, phase: 'run', title, attempt: 1, ...ownEnding, durationMs: endMs - startMs, startMs, checks }];
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function stamp(atMs: number): string {
  return wallIso(atMs).slice(0, 19);
}

function count(cases: readonly Case[], ...verdicts: readonly string[]): number {
  return cases.filter(({ verdict }) => verdicts.includes(verdict)).length;
}

function totals(cases: readonly Case[]): Markup {
  return html`tests="${cases.length}" failures="${count(cases, 'failed')}"
  errors="${count(cases, 'error', 'inconclusive')}" skipped="${count(cases, 'skipped')}"`;
}

function suite(options: {
  readonly phase: string;
  readonly cases: readonly Case[];
  readonly index: number;
  readonly run: RunModel;
}): Markup {
  const { phase, cases, index, run } = options;
  const durationMs = cases.reduce((total, one) => total + one.durationMs, 0);
  const startMs = Math.min(...cases.map((one) => one.startMs));
  return html`<testsuite
    id="${index}"
    name="${phase}"
    ${totals(cases)}
    time="${seconds(durationMs)}"
    timestamp="${stamp(startMs)}"
    hostname="localhost"
  >
    <properties><property name="run" value="${run.run}" /><property name="seed" value="${run.seed}" /></properties>
    ${cases.map((one) => testCase(one, phase))}</testsuite
  > `;
}

function testCase(own: Case, phase: string): Markup {
  const lines = own.checks.map(
    (check) => `${check.verdict}: ${check.name}; observed ${check.observed}; expected ${check.expected}\n`,
  );
  const name = own.attempt > 1 ? `${own.title} (attempt ${own.attempt})` : own.title;
  return html`<testcase name="${name}" classname="${phase}.${own.id}" time="${seconds(own.durationMs)}">
    ${outcome(own, lines)}${lines.length > 0 && html`<system-out>${lines}</system-out>`}</testcase
  > `;
}

function outcome({ verdict, reason = 'no reason was given' }: Case, lines: readonly string[]): Part {
  const unmet = lines.filter((line) => !line.startsWith('passed:'));
  switch (verdict) {
    case 'passed':
      return undefined;
    case 'failed':
      return html`<failure type="failed" message="${reason}">${unmet}</failure>`;
    case 'error':
    case 'inconclusive':
      return html`<error type="${verdict}" message="${reason}">${unmet}</error>`;
    case 'skipped':
      return html`<skipped message="${reason}" />`;
  }
}
