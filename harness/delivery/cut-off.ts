import type { JournalLine, LineOf, Observation, RolloutState } from '../contract/observation';
import type { RolloutResult } from '../contract/rollout-result';
import { addCounts, NO_TRAFFIC } from '../contract/traffic-counts';
import type { Revision } from './revisions/revision';
import { groupBy } from '../core/group-by';

export type RolloutLine = Extract<Observation, { type: 'rollout' }>;

/** A rollout without an end, as far as a journal tells of it. */
export interface CutOff {
  /** Its last state, without the reason for it. */
  readonly line: RolloutLine;
  /** Why it was going back already. */
  readonly reason?: string;
  /** How many of its steps were begun. Default: all may have been. */
  readonly begun?: number;
  /** The kind of the last step that was begun on the way forward; `undefined` when it went back, or when that is not certain. */
  readonly lastBegun?: string;
  /** In which scenario it stood. */
  readonly scenario?: string;
  readonly known: KnownOfCutOff;
}

/** What its end can say although its controller is gone. */
export type KnownOfCutOff = Pick<RolloutResult, 'startedAtMs' | 'weightsReached' | 'judgements' | 'samples'>;

/** What tells of the way back; all before it was the way forward. */
const GOING_BACK: readonly RolloutState[] = ['Aborting', 'RollingBack', 'RolledBack', 'RollbackPaused'];

/** After these nothing is left to do. */
const LAST_STATES: readonly (RolloutState | undefined)[] = ['Succeeded', 'RolledBack'];

/** The rollouts of a journal that have no end in it, or that stuck on their way. With lines missing, all their steps may have been begun. */
export function cutOffIn(lines: readonly JournalLine[], { isWhole = true } = {}): CutOff[] {
  const ended = new Set(endedIn(lines));
  return [...statesIn(lines)].flatMap(([id, own]) => {
    if (ended.has(id)) return [];
    return [{ ...cutOff(lines, own), ...(isWhole ? begunIn(lines, own, id) : {}) }];
  });
}

/** The rollouts of a journal that were brought to their end, and said so. */
export function endedIn(lines: readonly JournalLine[]): string[] {
  const told = new Set(lines.flatMap((line) => (line.type === 'rollout-ended' ? [line.rollout] : [])));
  const states = [...statesIn(lines)];
  return states.flatMap(([id, own]) => (told.has(id) && LAST_STATES.includes(own.at(-1)?.state) ? [id] : []));
}

function statesIn(lines: readonly JournalLine[]): Map<string, LineOf<'rollout'>[]> {
  const states = lines.filter((line): line is LineOf<'rollout'> => line.type === 'rollout');
  return groupBy(states, ({ rollout }) => rollout);
}

function cutOff(lines: readonly JournalLine[], states: readonly LineOf<'rollout'>[]): CutOff {
  const [first, last] = [states[0], states.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a rollout without a line');
  const { at: _at, scenario, deadlineAtMs: _deadline, reason: _reason, ...line } = last;
  const reason = states.find(({ state }) => GOING_BACK.includes(state))?.reason;
  const weights = states.filter(({ state }) => !GOING_BACK.includes(state)).map(({ weight }) => weight);
  const judgements = lines.filter((own) => own.type === 'judgement' && own.rollout === line.rollout).length;
  return {
    line,
    ...(reason === undefined ? {} : { reason }),
    ...(scenario === undefined ? {} : { scenario }),
    known: {
      startedAtMs: first.at,
      weightsReached: [...new Set(weights)].filter((weight) => weight > 0),
      judgements,
      samples: samplesIn(lines, { fromMs: first.at, line }),
    },
  };
}

/** The steps of a rollout that have their intent in the journal. */
function begunIn(
  lines: readonly JournalLine[],
  states: readonly LineOf<'rollout'>[],
  id: string,
): Pick<CutOff, 'begun' | 'lastBegun'> {
  const steps = lines.flatMap((line) => {
    const isStep = line.type === 'action' && line.rollout === id && line.phase === 'intent' && 'step' in line.detail;
    return isStep ? [{ number: Number(line.detail['step']), kind: line.action }] : [];
  });
  const begun = 1 + Math.max(-1, ...steps.map(({ number }) => number));
  const last = steps.findLast(({ number }) => number + 1 === begun);
  const wentBack = states.some(({ state }) => GOING_BACK.includes(state));
  return { begun, ...(last === undefined || wentBack ? {} : { lastBegun: last.kind }) };
}

/** The requests of the windows that the dead process still wrote. */
function samplesIn(
  lines: readonly JournalLine[],
  { fromMs, line }: { readonly fromMs: number; readonly line: RolloutLine },
): RolloutResult['samples'] {
  const windows = lines.flatMap((own) =>
    own.type === 'traffic-window' && own.service === line.service && own.startMs >= fromMs ? [own.revisions] : [],
  );
  const of = (label: string) =>
    windows.map((revisions) => revisions[label] ?? NO_TRAFFIC).reduce(addCounts, NO_TRAFFIC);
  return { from: of(line.from), to: of(line.to) };
}

/** A rollout that no journal tells of: the records say who, and nothing of how far it came. */
export function cutOffFromRecord(to: Revision, from: Revision, atMs: number): CutOff {
  const { service, label } = to;
  const about = { rollout: to.rollout?.id ?? 'unknown', service, strategy: 'unknown' };
  return {
    line: { type: 'rollout', ...about, state: 'Starting', from: from.label, to: label, weight: 0 },
    known: { startedAtMs: atMs, weightsReached: [], judgements: 0, samples: { from: NO_TRAFFIC, to: NO_TRAFFIC } },
  };
}
