import type { ReleaseResult, ReleaseStep, ReleaseStepReport } from './release-result';

/** A step as one says what is to be done: "run migrate to its end". */
export function stepText({ kind, service }: ReleaseStep): string {
  switch (kind) {
    case 'start':
      return `start ${service}, which is new`;
    case 'run':
      return `run ${service} to its end`;
    case 'roll-out':
      return `roll ${service} out, and keep its old revision warm`;
    case 'replace':
      return `replace ${service}: no front stands before it`;
    case 'retire':
      return `stop ${service}, which is gone`;
  }
}

/** What goes back when the release does. */
export function undoText({ kind, service }: ReleaseStep): string {
  switch (kind) {
    case 'start':
      return `remove ${service}`;
    case 'run':
      return `cannot be undone: what ${service} did to the data stays`;
    case 'roll-out':
      return `give all traffic of ${service} back to its old revision`;
    case 'replace':
      return `put the old ${service} back`;
    case 'retire':
      return 'comes after the point of no return';
  }
}

/** How a whole release ended: "went back: payments-r2 failed 7 of 23 requests; undone: …; cannot be undone: …". */
export function releaseSentence({
  outcome,
  reason,
  steps,
}: Pick<ReleaseResult, 'outcome' | 'reason' | 'steps'>): string {
  const because = reason === undefined ? '' : `: ${reason}`;
  switch (outcome) {
    case 'released':
      return `released: ${list(steps.map(doneText)) || 'nothing was to do'}${reason === undefined ? '' : ` (${reason})`}`;
    case 'unchanged':
      return `unchanged${because}`;
    case 'stuck':
      return `stuck between the versions${because}`;
    case 'went-back': {
      const undone = steps
        .filter(({ state }) => state === 'undone' || state === 'failed')
        .map(({ service }) => service);
      const kept = steps.filter(({ state }) => state === 'kept').map(keptText);
      const parts = [
        `went back${because}`,
        ...(undone.length === 0 ? [] : [`back as they were: ${list(undone)}`]),
        ...(kept.length === 0 ? [] : [`cannot be undone: ${list(kept)}`]),
      ];
      return parts.join('; ');
    }
  }
}

/** What a step that cannot be undone leaves. */
export function keptText({ service, reason }: ReleaseStepReport): string {
  return reason === undefined ? `${service} ran` : `${service} (${reason})`;
}

function doneText({ kind, service }: ReleaseStep): string {
  const verbs = {
    start: 'started',
    run: 'ran',
    'roll-out': 'rolled out',
    replace: 'replaced',
    retire: 'stopped',
  } as const;
  return `${verbs[kind]} ${service}`;
}

function list(words: readonly string[]): string {
  return words.join(', ');
}
