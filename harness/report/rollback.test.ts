import type { RolloutResult } from '../contract/rollout-result';
import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { buildModel, type RunModel } from './model';
import { renderPage } from './page/page';
import { rollbackPhases } from './rollback';
import { viewScenario } from './scenario-view';
import { verdictStory } from './sentences';
import { timelineLanes } from './timeline-lanes';
import { fixtureLines } from './testing/fixture';

const textOf = (markup: string) => markup.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');

const [fixtureRollback] = fixtureLines().flatMap((line) =>
  line.type === 'rollout-ended' && line.scenario === 'act-2' ? [line] : [],
);

/** The fixture, with another rollout in its second act. */
function runOf(rollout: RolloutResult | readonly RolloutResult[], isJudged = true): RunModel {
  const lines = fixtureLines().flatMap((line): JournalLine[] => {
    if (line.scenario !== 'act-2') return [line];
    if (line.type === 'judgement' && !isJudged) return [];
    if (line.type !== 'rollout-ended') return [line];
    const { at, scenario, type } = line;
    return [rollout].flat().map((ended) => ({ at, scenario, type, ...ended }));
  });
  return buildModel({ lines, unreadable: [] }, 'run');
}

/** The fixture's rollback of orders-r3, with other facts. */
function rolledBack(facts: Partial<RolloutResult> = {}): RolloutResult {
  if (fixtureRollback === undefined) throw new Error('the fixture has no rollback');
  return { ...fixtureRollback, ...facts };
}

function secondAct(run: RunModel) {
  const scenario = run.scenarios.find(({ id }) => id === 'act-2');
  if (scenario === undefined) throw new Error('the fixture has no second act');
  const view = viewScenario(run, scenario);
  const told = verdictStory(run).findings.find((finding) => finding.scenario === scenario)?.text;
  return { view, told, rollbacks: rollbackPhases(view) };
}

describe('a rollback', () => {
  it.each([
    ['release-rejected', 'The judge decided against it', 'noticing', 'A bad release of orders'],
    [
      'release-not-judged',
      'The judge gave up for want of evidence',
      'undecided',
      'A release of orders that could not be judged',
    ],
    [
      'release-dead',
      'The front saw it dead, and it was given up',
      'noticing',
      'A release of orders that the front saw dead',
    ],
    ['deadline-passed', 'The deadline passed', 'undecided', 'A release of orders that missed its deadline'],
    [
      'compose-up-failed',
      'It never became ready, and was given up',
      'undecided',
      'A release of orders that never became ready',
    ],
    [
      'timed-out',
      'It never became ready, and was given up',
      'undecided',
      'A release of orders that never became ready',
    ],
    ['interrupted', 'The rollout was interrupted', 'undecided', 'A release of orders that was interrupted'],
    ['front-link-lost', 'The rollout was given up', 'undecided', 'A release of orders'],
    ['constructor', 'The rollout was given up', 'undecided', 'A release of orders'],
  ])('for %s says who or what led back', (cause, decided, wait, release) => {
    const { rollbacks, told } = secondAct(runOf(rolledBack({ cause })));
    expect(rollbacks.map(({ finding }) => finding)).toEqual([
      `${decided} 1.9 s after the first bad response; the last request on the new revision started 6 ms later; all was back 200 ms after the decision.`,
    ]);
    expect(rollbacks[0]?.phases.map(({ name }) => name)).toEqual([wait, 'switching', 'finishing']);
    expect(told).toMatch(new RegExp(`^${release} was rolled back in 2\\.1 s and cost \\d+ requests$`));
  });

  it('of a release that never took a request says so', () => {
    const { firstBadResponseAtMs: _bad, lastStartOnBadAtMs: _last, switchMs: _switch, ...facts } = rolledBack();
    const { rollbacks } = secondAct(runOf({ ...facts, cause: 'compose-up-failed', weightsReached: [], judgements: 0 }));
    expect(rollbacks[0]?.finding).toBe(
      'It never became ready, and was given up; all was back 200 ms after the decision.',
    );
  });

  it('is in the tiles, also when another rollout followed it', () => {
    const page = textOf(renderPage(runOf(rolledBack()), []));
    expect(page).toContain('Slowest rollback 2.1 s from the first bad response');
    expect(page).toContain('Release cut off 6 ms after the decision');
    const both = runOf([rolledBack(), rolledBack({ rollout: 'rollout-3', outcome: 'promoted' })]);
    expect(textOf(renderPage(both, []))).toContain('Slowest rollback 2.1 s from the first bad response');
    expect(secondAct(both).rollbacks).toHaveLength(1);
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
      /^A release of orders was held at 20 % for 50 s as asked, taken back and cost \d+ requests$/,
    );
    expect(textOf(renderPage(run, []))).toContain('held as asked, then taken back (orders-r2 → orders-r3)');
  });

  it('is not told as taken back when going back failed', () => {
    const paused = runOf(rolledBack({ ...facts, outcome: 'rollback-paused' }), false);
    expect(secondAct(paused).told).toBe('A release of orders ended rollback paused');
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
