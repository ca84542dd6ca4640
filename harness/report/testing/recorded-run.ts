import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal, type ReadableJournal } from '../../contract/journal';
import type { JournalLine, LineOf } from '../../contract/observation';
import type { RolloutResult } from '../../contract/rollout-result';

/** The journal of a real run of `npm start` that passed. Thinned out: of the fronts' windows those of `orders` alone. */
const LINES: readonly JournalLine[] = readJournal(join(__dirname, 'recorded-run.ndjson'));

/** The recorded run's scenarios, by id. */
export const ACTS = {
  steady: 'steady-state-the-stack-answers-before-anything-happens-to-it-2020',
  goodRelease: 'act-1-a-good-release-loses-nothing-while-a-dependency-is-slow-02ef',
  badRelease: 'act-2-a-bad-release-is-rolled-back-by-itself-and-wakes-nobody-9bb2',
  deadDependency: 'act-3-a-dead-dependency-raises-an-alert-that-clears-when-it-is-back-f9db',
} as const;

/** What the recorded run wrote. */
export function recordedLines(): JournalLine[] {
  return [...LINES];
}

export function recordedJournal(): ReadableJournal {
  return { lines: LINES, unreadable: [] };
}

/** The lines with others in the place of each that is of a type, and of a scenario where one is named. */
export function replaced<Type extends JournalLine['type']>(
  lines: readonly JournalLine[],
  which: { readonly type: Type; readonly scenario?: string },
  by: (line: LineOf<Type>) => JournalLine | readonly JournalLine[],
): JournalLine[] {
  const isMeant = (line: JournalLine): line is LineOf<Type> =>
    line.type === which.type && (which.scenario === undefined || line.scenario === which.scenario);
  return lines.flatMap((line) => (isMeant(line) ? by(line) : [line]));
}

/** The recorded run, had its bad release been promoted: what tells of the rollout's end is different, and nothing else. */
export function failedLines(): JournalLine[] {
  const scenario = ACTS.badRelease;
  const promoted = replaced(LINES, { type: 'rollout-ended', scenario }, asPromoted);
  const states = { Aborting: 'Promoted', RollingBack: 'Baking', RolledBack: 'Succeeded' } as const;
  const stated = replaced(promoted, { type: 'rollout', scenario }, (line) => {
    const {
      reason: _reason,
      switchEpoch: _epoch,
      requestsAfterSwitch: _all,
      routedToCandidateAfterSwitch: _on,
      ...own
    } = line;
    const state = states[line.state as keyof typeof states];
    return state === undefined ? line : { ...own, state, weight: 100 };
  });
  const judged = replaced(stated, { type: 'judgement', scenario }, (line) =>
    line.outcome === 'abort' ? { ...line, outcome: 'promote' } : line,
  );
  const checked = replaced(judged, { type: 'check', scenario }, (line) => {
    if (line.name.startsWith('nothing is routed to orders-r3 after the switch')) return [];
    if (line.name !== 'the release of orders-r3') return line;
    return { ...line, verdict: 'failed', observed: 'promoted: orders-r3 serves everything' };
  });
  const reason = 'orders-r3 was promoted although it failed one request in five';
  return replaced(checked, { type: 'scenario-finished', scenario }, (line) => ({ ...line, verdict: 'failed', reason }));
}

function asPromoted(line: LineOf<'rollout-ended'>): LineOf<'rollout-ended'> {
  const { at, scenario, type, rollout, service, strategy, from, to, startedAtMs, endedAtMs, samples } = line;
  const result: RolloutResult = {
    ...{ rollout, service, strategy, from, to, startedAtMs, endedAtMs, samples },
    ...{ outcome: 'promoted', weightsReached: [20, 100], judgements: line.judgements },
  };
  return { at, ...(scenario === undefined ? {} : { scenario }), type, ...result };
}

/** Writes a journal into a run folder, with a log as evidence beside it. */
export function writeRun(directory: string, lines: readonly JournalLine[]): void {
  mkdirSync(join(directory, 'logs'), { recursive: true });
  writeFileSync(join(directory, 'journal.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(join(directory, 'logs', 'orders-r2.ndjson'), '{"level":"info","msg":"listening"}\n');
}
