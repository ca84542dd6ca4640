import { describe, expect, it } from '@jest/globals';
import type { ErrorKind } from '../core/error-codes';
import type { JournalLine, Verdict } from '../contract/observation';
import { buildModel } from './model';
import { openingOf } from './opening';
import { verdictStory } from './sentences';

interface Given {
  readonly verdict: Verdict;
  readonly kind?: ErrorKind;
  readonly reason?: string;
}

const scenario = (id: string, given: Given): JournalLine[] => [
  { at: 2, scenario: id, type: 'scenario-started', phase: 'p', title: id },
  { at: 3, scenario: id, type: 'scenario-finished', durationMs: 1, facts: {}, ...given },
];

/** The first sentence of a run with these scenarios, that ended so by itself. */
function opening(scenarios: readonly Given[], own: Given = { verdict: 'passed' }): string {
  const versions = {};
  const lines: JournalLine[] = [
    { at: 1, type: 'run-started', run: 'r', title: 't', seed: 's', rerun: 'again', versions },
    ...scenarios.flatMap((given, index) => scenario(`s${index}`, given)),
    { at: 4, type: 'run-finished', ...own },
  ];
  return openingOf(buildModel({ lines, unreadable: [] }, 'r')).text;
}

const passed: Given = { verdict: 'passed' };

describe('the first sentence', () => {
  it('of a run that passed', () => {
    expect(opening([passed])).toBe('Your stack survived');
  });

  it('of a run whose releases ran already', () => {
    const versions = {};
    const counts = { requests: 0, errors: 0, clientErrors: 0 };
    const ended = (outcome: 'unchanged' | 'promoted'): JournalLine => ({
      ...{ at: 2, scenario: 's', type: 'rollout-ended', rollout: 'r1', service: 'web', strategy: 'canary', outcome },
      ...{ from: 'web-r1', to: 'web-r1', startedAtMs: 1, endedAtMs: 2, weightsReached: [], judgements: 0 },
      samples: { from: counts, to: counts },
    });
    const told = (outcome: 'unchanged' | 'promoted') => {
      const lines: JournalLine[] = [
        { at: 1, type: 'run-started', run: 'r', title: 't', seed: 's', rerun: 'again', versions },
        { at: 2, scenario: 's', type: 'scenario-started', phase: 'p', title: 's' },
        ended(outcome),
        { at: 3, scenario: 's', type: 'scenario-finished', durationMs: 1, facts: {}, verdict: 'passed' },
        { at: 4, type: 'run-finished', verdict: 'passed' },
      ];
      return openingOf(buildModel({ lines, unreadable: [] }, 'r')).text;
    };
    expect(told('unchanged')).toBe('Nothing was to do');
    expect(told('promoted')).toBe('Your stack survived');
  });

  it('is followed by what the run itself gives for its reason', () => {
    const given = [
      { verdict: 'failed', kind: 'release', reason: 'rolled back: a' },
      { verdict: 'failed', kind: 'stack', reason: 'b' },
    ] as const;
    const lines: JournalLine[] = [
      { at: 1, type: 'run-started', run: 'r', title: 't', seed: 's', rerun: 'again', versions: {} },
      ...given.flatMap((own, index) => scenario(`s${index}`, own)),
      { at: 4, type: 'run-finished', verdict: 'passed' },
    ];
    const run = buildModel({ lines, unreadable: [] }, 'r');
    expect(run.reason).toBe('b');
    expect(verdictStory(run).findings.map(({ text }) => text)).toEqual(['“s1” failed: b', 'a']);
  });

  it('blames the stack for what the stack did, an assertion of a scenario included', () => {
    expect(opening([passed, { verdict: 'failed', kind: 'stack' }])).toBe('Your stack did not survive');
    expect(opening([{ verdict: 'failed' }])).toBe('Your stack did not survive');
  });

  it('takes a bad release that was rolled back for a success of the stack', () => {
    const rolledBack: Given = { verdict: 'failed', kind: 'release', reason: 'rolled back: …' };
    expect(opening([rolledBack])).toBe('The release was rolled back; your stack stayed up');
    expect(opening([rolledBack, { verdict: 'failed', kind: 'stack' }])).toBe('Your stack did not survive');
  });

  it('says that a stack did not come up', () => {
    const own: Given = { verdict: 'failed', kind: 'stack', reason: 'compose up: orders-1 is exited' };
    expect(opening([], own)).toBe('Your stack did not come up');
  });

  it('says what kept a run from telling', () => {
    const reason = 'the machine was too busy to send requests in time: 20 of 1000 were late or unsent, 0.1 % may be';
    expect(opening([passed, { verdict: 'inconclusive', kind: 'inconclusive', reason }])).toBe(
      `This run could not tell: ${reason}`,
    );
    expect(opening([])).toBe('This run could not tell: no scenario ran: nothing is proven');
  });

  it('owns what rollproof itself did not manage', () => {
    const reason = 'the guardian of shop has gone\n  more';
    expect(opening([{ verdict: 'error', kind: 'internal', reason }])).toBe(
      'rollproof itself failed: the guardian of shop has gone',
    );
    expect(opening([passed], { verdict: 'error', kind: 'internal', reason: 'x'.repeat(300) })).toBe(
      'rollproof itself failed',
    );
  });

  it('tells what cannot run here, and a scenario that broke, from both', () => {
    expect(opening([{ verdict: 'error', kind: 'cannot-run', reason: 'image x is not present' }])).toBe(
      'This cannot run here: image x is not present',
    );
    expect(opening([{ verdict: 'error', reason: 'x is not a function' }])).toBe(
      'A scenario broke before it could show anything: x is not a function',
    );
  });
});
