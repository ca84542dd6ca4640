import { wallIso } from '../core/clock';
import { html, type Markup, type Part } from './markup';
import type { RunModel, ScenarioModel } from './model';

/** A run as JUnit XML: a suite a phase, a case a scenario. JUnit knows no "inconclusive": that is an error, never green. */
export function renderJunit(run: RunModel): string {
  const phases = [...Map.groupBy(run.scenarios, (scenario) => scenario.phase)];
  return html`<?xml version="1.0" encoding="UTF-8"?>
    <testsuites
      name="${run.title}"
      ${totals(run.scenarios)}
      time="${seconds(run.endMs - run.startMs)}"
      timestamp="${stamp(run.startMs)}"
    >
      ${phases.map(([phase, scenarios], index) => suite({ phase, scenarios, index, run }))}</testsuites
    > `.text;
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function stamp(atMs: number): string {
  return wallIso(atMs).slice(0, 19);
}

function count(scenarios: readonly ScenarioModel[], ...verdicts: readonly string[]): number {
  return scenarios.filter((scenario) => verdicts.includes(scenario.verdict)).length;
}

function totals(scenarios: readonly ScenarioModel[]): Markup {
  return html`tests="${scenarios.length}" failures="${count(scenarios, 'failed')}"
  errors="${count(scenarios, 'error', 'inconclusive')}" skipped="${count(scenarios, 'skipped')}"`;
}

function suite(options: {
  readonly phase: string;
  readonly scenarios: readonly ScenarioModel[];
  readonly index: number;
  readonly run: RunModel;
}): Markup {
  const { phase, scenarios, index, run } = options;
  const durationMs = scenarios.reduce((total, scenario) => total + scenario.durationMs, 0);
  const startMs = Math.min(...scenarios.map((scenario) => scenario.startMs));
  return html`<testsuite
    id="${index}"
    name="${phase}"
    ${totals(scenarios)}
    time="${seconds(durationMs)}"
    timestamp="${stamp(startMs)}"
    hostname="localhost"
  >
    <properties><property name="run" value="${run.run}" /><property name="seed" value="${run.seed}" /></properties>
    ${scenarios.map((scenario) => testCase(scenario, phase))}</testsuite
  > `;
}

function testCase(scenario: ScenarioModel, phase: string): Markup {
  const lines = scenario.checks.map(
    (check) => `${check.verdict}: ${check.name}; observed ${check.observed}; expected ${check.expected}\n`,
  );
  const name = scenario.attempt > 1 ? `${scenario.title} (attempt ${scenario.attempt})` : scenario.title;
  return html`<testcase name="${name}" classname="${phase}.${scenario.id}" time="${seconds(scenario.durationMs)}">
    ${outcome(scenario, lines)}${lines.length > 0 && html`<system-out>${lines}</system-out>`}</testcase
  > `;
}

function outcome({ verdict, reason = 'no reason was given' }: ScenarioModel, lines: readonly string[]): Part {
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
