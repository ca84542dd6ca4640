import type { RolloutResult } from '../contract/rollout-result';
import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { buildModel, type RunModel } from './model';
import { renderPage } from './page/page';
import { rollbackPhases } from './rollback';
import { viewScenario } from './scenario-view';
import { verdictStory } from './sentences';
import { timelineLanes } from './timeline-lanes';
import { ACTS, recordedLines, replaced } from './testing/recorded-run';

const textOf = (markup: string) => markup.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');

const scenario = ACTS.badRelease;

/** The recorded rollback of orders-r3, with other facts. Its last request had started 6 ms after the decision. */
function rolledBack(facts: Partial<RolloutResult> = {}): RolloutResult {
  const line = recordedLines().find((own) => own.type === 'rollout-ended' && own.scenario === scenario);
  if (line?.type !== 'rollout-ended') throw new Error('no rollback was recorded');
  const { at: _at, scenario: _scenario, type: _type, ...recorded } = line;
  const lastStartOnBadAtMs = (recorded.decidedAtMs ?? 0) + 6;
  return { ...recorded, lastStartOnBadAtMs, switchMs: 6, ...facts };
}

/** The recorded run, with another rollout of its bad release, and more requests lost than that. */
function runOf(rollout: RolloutResult | readonly RolloutResult[], isJudged = true): RunModel {
  const ended = replaced(recordedLines(), { type: 'rollout-ended', scenario }, ({ at, type }) =>
    [rollout].flat().map((own): JournalLine => ({ at, scenario, type, ...own })),
  );
  const judged = replaced(ended, { type: 'judgement', scenario }, (line) => (isJudged ? line : []));
  const requests = { sent: 2628, ok: 2613, failed: 0, lost: 15, late: 0, unsent: 0 };
  const lines = replaced(judged, { type: 'scenario-finished', scenario }, (line) => ({ ...line, facts: { requests } }));
  return buildModel({ lines, unreadable: [] }, 'run');
}

function secondAct(run: RunModel) {
  const own = run.scenarios.find(({ id }) => id === scenario);
  if (own === undefined) throw new Error('no bad release was recorded');
  const view = viewScenario(run, own);
  const told = verdictStory(run).findings.find((finding) => finding.scenario === own)?.text;
  return { view, told, rollbacks: rollbackPhases(view) };
}

describe('a rollback', () => {
  it.each([
    ['release-rejected', 'orders-r3 failed 7 of 41 requests', 'noticing'],
    ['release-not-judged', 'there was too little evidence to judge a release by', 'undecided'],
    ['release-dead', 'orders-r3 was not usable for longer than a restart takes', 'noticing'],
    ['deadline-passed', 'a rollout did not end by its deadline', 'undecided'],
    ['compose-up-failed', 'a container of orders-r3 ended, or never got healthy', 'noticing'],
    ['release-not-ready', 'orders-r3 never became ready', 'noticing'],
    ['interrupted', 'somebody interrupted the run', 'undecided'],
    ['front-link-lost', 'rollproof failed (the connection into a front is gone)', 'undecided'],
    ['constructor', 'orders-r3 was given up (more errors than stable: 7 of 41 failed against 0 of 157)', 'undecided'],
  ])('for %s says who or what led back', (cause, why, wait) => {
    const { rollbacks, told } = secondAct(runOf(rolledBack({ cause })));
    expect(rollbacks.map(({ finding }) => finding)).toEqual([
      `${why}: decided 1.6 s after the first bad response; the last request on the new revision started 6 ms later; all was back 173 ms after the decision.`,
    ]);
    expect(rollbacks[0]?.phases.map(({ name }) => name)).toEqual([wait, 'switching', 'finishing']);
    expect(told).toBe(`Rolled back: ${why}, orders-r2 serves everything; 15 requests lost`);
  });

  it('whose switch no request has seen says so', () => {
    const lastStartOnBadAtMs = (rolledBack().decidedAtMs ?? 0) - 93;
    const { rollbacks } = secondAct(runOf(rolledBack({ lastStartOnBadAtMs, switchMs: 0 })));
    expect(rollbacks.map(({ finding }) => finding)).toEqual([
      'orders-r3 failed 7 of 41 requests: decided 1.6 s after the first bad response; no request started on the new revision after that; all was back 173 ms after the decision.',
    ]);
  });

  it('that was stuck, and went through when it was tried once more, ended once', () => {
    const run = runOf([rolledBack({ outcome: 'rollback-paused' }), rolledBack()]);
    expect(secondAct(run).view.scenario.known.rollouts).toMatchObject([{ outcome: 'rolled-back' }]);
  });

  it('of a release that never took a request says so', () => {
    const { firstBadResponseAtMs: _bad, lastStartOnBadAtMs: _last, switchMs: _switch, ...facts } = rolledBack();
    const { rollbacks } = secondAct(runOf({ ...facts, cause: 'compose-up-failed', weightsReached: [], judgements: 0 }));
    expect(rollbacks[0]?.finding).toBe(
      'a container of orders-r3 ended, or never got healthy; all was back 173 ms after the decision.',
    );
  });

  it('is in the tiles, also when another rollout followed it', () => {
    const page = textOf(renderPage(runOf(rolledBack()), []));
    expect(page).toContain('Slowest rollback 1.7 s from the first bad response');
    expect(page).toContain('Release cut off 6 ms after the decision');
    const both = runOf([rolledBack(), rolledBack({ rollout: 'rollout-3', outcome: 'promoted' })]);
    expect(textOf(renderPage(both, []))).toContain('Slowest rollback 1.7 s from the first bad response');
    expect(secondAct(both).rollbacks).toHaveLength(1);
  });
});

describe('what was lost while promoting', () => {
  const promoted = rolledBack({ outcome: 'promoted' });

  it('counts what a release lost that went through by itself, and nothing that a fault took from everybody', () => {
    const run = runOf(promoted);
    const own = run.scenarios.find(({ id }) => id === scenario);
    if (own === undefined) throw new Error('no bad release was recorded');
    const lost = (faults: RunModel['faults']) =>
      /Lost while promoting (\d+)/.exec(textOf(renderPage({ ...run, scenarios: [own], faults }, [])))?.[1];
    expect(lost([])).toBe('15');
    const [fault] = run.faults;
    if (fault === undefined) throw new Error('no fault was recorded');
    expect(lost([{ ...fault, fromMs: own.startMs, toMs: own.endMs }])).toBeUndefined();
  });
});

describe('a rollout that was held for a time with the judge off', () => {
  const { decidedAtMs = 0 } = rolledBack();
  const facts = { outcome: 'held' as const, judgements: 0, held: { fromMs: decidedAtMs - 50_000, toMs: decidedAtMs } };
  const run = runOf(rolledBack(facts), false);

  it('is no rollback: neither in the tiles nor phase by phase', () => {
    const page = textOf(renderPage(run, []));
    const words = ['Slowest rollback', 'Release cut off', 'phase by phase', 'The judge decided'];
    expect(words.filter((text) => page.includes(text))).toEqual([]);
    expect(secondAct(run).rollbacks).toEqual([]);
  });

  it('is told as what was asked for', () => {
    expect(secondAct(run).told).toMatch(
      /^Held as asked: orders-r3 stayed at 20 % for 50 s, then orders-r2 got everything back; \d+ requests lost$/,
    );
    expect(textOf(renderPage(run, []))).toContain('orders-r3 held, then back to orders-r2');
  });

  it('is not told as taken back when going back failed', () => {
    const paused = runOf(rolledBack({ ...facts, outcome: 'rollback-paused' }), false);
    expect(secondAct(paused).told).toMatch(/^Stuck on the way back to orders-r2: /);
  });

  it('is not said to be judged on the timeline, unlike others', () => {
    const labels = (of: RunModel) =>
      timelineLanes(secondAct(of).view).lanes.flatMap(({ bars }) => bars.map(({ label }) => label));
    expect(labels(run)).toContain('at 20 %');
    expect(labels(run).join()).not.toContain('judging');
    expect(labels(runOf(rolledBack()))).toContain('judging 20 %');
    expect(labels(runOf(rolledBack()))).not.toContain('judging 0 %');
  });
});
