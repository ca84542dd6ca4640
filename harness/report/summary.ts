import { wallIso } from '../core/clock';
import { summarySchema, type Summary } from '../contract/summary';
import type { RunModel } from './model';
import { triedCount, type NightModel } from './night';
import { openingOf } from './opening';
import type { PipelineModel } from './pipeline';
import { summaryFacts } from './summary-facts';

/** The contract's summary of a run, checked against its own schema as others will read it. */
export function summarize(run: RunModel): Summary {
  const counts = { passed: 0, failed: 0, inconclusive: 0, error: 0, skipped: 0 };
  for (const scenario of run.scenarios) counts[scenario.verdict] += 1;
  const summary = {
    schema: 1,
    run: run.run,
    startedAt: wallIso(run.startMs),
    durationMs: Math.round(run.endMs - run.startMs),
    seed: run.seed,
    verdict: run.verdict,
    kind: run.kind,
    headline: openingOf(run).text,
    ...(run.reason === undefined ? {} : { reason: run.reason }),
    counts,
    ...(run.pipeline === undefined ? {} : { pipeline: pipelineSummary(run.pipeline) }),
    ...(run.night === undefined ? {} : { night: nightSummary(run.night, run) }),
    scenarios: run.scenarios.map(({ id, phase, title, verdict, kind, durationMs, reason, place, facts, known }) => ({
      ...{ id, phase, title, verdict, kind, durationMs: Math.round(durationMs) },
      ...(reason === undefined ? {} : { reason }),
      ...(place === undefined ? {} : { place }),
      facts: summaryFacts(facts, known.rollouts),
    })),
    measurements: run.measurements.map(({ name, value, unit, limit, samples, window }) => ({
      ...{ name, value, unit },
      ...(limit === undefined ? {} : { limit }),
      samples,
      ...(window === undefined ? {} : { window }),
    })),
  };
  return summarySchema.parse(JSON.parse(JSON.stringify(summary))) as Summary;
}

function nightSummary({ budgetMs, candidates, findings, leftOut }: NightModel, { scenarios }: RunModel) {
  return { budgetMs: Math.round(budgetMs), candidates, tried: triedCount(scenarios), findings, leftOut };
}

function pipelineSummary({ repository, ref, commit, outcome, stages }: PipelineModel): Summary['pipeline'] {
  return {
    ...{ repository, ref, commit },
    ...(outcome === undefined ? {} : { outcome }),
    stages: stages.map(({ startedAtMs: _at, durationMs, ...report }) => ({
      ...report,
      ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }),
    })),
  };
}
