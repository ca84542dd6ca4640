import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { buildModel } from '../harness/report/model';
import { summarize } from '../harness/report/summary';
import { recordedJournal } from '../harness/report/testing/recorded-run';
import { SUMMARY_SCHEMA, summaryJsonSchema } from './summary-schema';

describe('the published schema of summary.json', () => {
  const published = readFileSync(SUMMARY_SCHEMA, 'utf8');
  const schema = z.fromJSONSchema(JSON.parse(published) as Parameters<typeof z.fromJSONSchema>[0]);
  const summary = summarize(buildModel(recordedJournal(), 'run'));
  const [scenario] = summary.scenarios;

  it('is as the contract says; `npx tsx tools/main.ts summary-schema` writes it', () => {
    expect(published).toBe(summaryJsonSchema());
  });

  it('holds for the summary of a recorded run', () => {
    expect(schema.safeParse(summary).error?.issues).toBeUndefined();
    expect(summary.scenarios.length).toBeGreaterThan(0);
  });

  it.each<[string, unknown]>([
    ['an unknown key', { ...summary, verdicts: 'passed' }],
    ['an unknown verdict', { ...summary, verdict: 'green' }],
    ['a date that is none', { ...summary, startedAt: 'today' }],
    ['no seed', { ...summary, seed: undefined }],
    ['a rollout without an end', { ...summary, scenarios: [{ ...scenario, facts: { rollout: { rollout: 'r' } } }] }],
  ])('does not hold for a summary with %s', (_, other) => {
    expect(schema.safeParse(JSON.parse(JSON.stringify(other))).success).toBe(false);
  });
});
