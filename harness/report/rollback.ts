import type { Phase } from './charts/meters';
import type { RolloutResult } from '../contract/rollout-result';
import { formatDuration } from './format';
import { whyBack } from '../contract/rollout-words';
import { waitBefore } from './rollback-cause';
import type { ScenarioView } from './scenario-view';
import type { RolloutSpan } from './spans';

/** A rollback cut into the phases that cost requests, and the ones that do not. */
export interface RollbackPhases {
  readonly title: string;
  readonly phases: readonly Phase[];
  readonly finding: string;
}

/** First bad response → decision → last request started on the new revision → rolled back, of each rollback. */
export function rollbackPhases(view: ScenarioView): RollbackPhases[] {
  return view.rollouts.flatMap((rollout) => {
    const times = rollbackTimes(view, rollout);
    if (times === undefined) return [];
    const { wait, firstBadAtMs, decidedAtMs, lastStartAtMs, rolledBackAtMs } = times;
    const phases: Phase[] = [];
    const add = (name: string, fromMs: number, toMs: number | undefined, tone: Phase['tone']) => {
      if (toMs !== undefined && toMs >= fromMs) phases.push({ name, fromMs, toMs, tone });
    };
    if (firstBadAtMs !== undefined) add(wait, firstBadAtMs, decidedAtMs, 'bad');
    add('switching', decidedAtMs, lastStartAtMs, 'warn');
    add('finishing', Math.max(decidedAtMs, lastStartAtMs ?? decidedAtMs), rolledBackAtMs, 'good');
    if (phases.length === 0) return [];
    return [{ title: `Rollback of ${rollout.to}, phase by phase`, phases, finding: finding(times) }];
  });
}

interface RollbackTimes {
  readonly counts: RolloutResult['counts'];
  /** What led back. */
  readonly why: string;
  readonly wait: 'noticing' | 'undecided';
  readonly firstBadAtMs: number | undefined;
  readonly decidedAtMs: number;
  readonly lastStartAtMs: number | undefined;
  readonly rolledBackAtMs: number;
}

function finding({ counts, why, firstBadAtMs, decidedAtMs, lastStartAtMs, rolledBackAtMs }: RollbackTimes): string {
  const one = counts === 'messages' ? 'message' : 'request';
  const noticed =
    firstBadAtMs === undefined
      ? `${why}; `
      : `${why}: decided ${formatDuration(decidedAtMs - firstBadAtMs)} after the first ${counts === 'messages' ? 'bad one' : 'bad response'}; `;
  const switched =
    lastStartAtMs === undefined
      ? ''
      : lastStartAtMs <= decidedAtMs
        ? `no ${one} started on the new revision after that; `
        : `the last ${one} on the new revision started ${formatDuration(lastStartAtMs - decidedAtMs)} later; `;
  return `${noticed}${switched}all was back ${formatDuration(rolledBackAtMs - decidedAtMs)} after the decision.`;
}

function rollbackTimes(view: ScenarioView, rollout: RolloutSpan): RollbackTimes | undefined {
  const facts = view.scenario.known.rollouts.find((own) => own.rollout === rollout.id);
  if (facts?.outcome === 'held') return undefined;
  const done = rollout.steps.findLast((step) => step.state === 'RolledBack');
  const rolledBackAtMs = facts?.rolledBackAtMs ?? done?.at;
  const judged = view.judgements.findLast((one) => one.rollout === rollout.id && one.outcome === 'abort');
  const aborting = rollout.steps.find((step) => step.state === 'Aborting' || step.state === 'RollingBack');
  const decidedAtMs = facts?.decidedAtMs ?? judged?.at ?? aborting?.at;
  if (rolledBackAtMs === undefined || decidedAtMs === undefined || done === undefined) return undefined;
  return {
    counts: facts?.counts,
    why: facts === undefined ? 'the rollout was given up' : whyBack(facts),
    wait: waitBefore(facts?.cause),
    firstBadAtMs: facts?.firstBadResponseAtMs,
    decidedAtMs,
    lastStartAtMs: facts?.lastStartOnBadAtMs,
    rolledBackAtMs,
  };
}
