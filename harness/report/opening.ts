import type { ErrorKind } from '../core/error-codes';
import type { RunModel } from './model';
import { nightSentence } from './night';
import { pipelineSentence } from './pipeline';
import { linesOf } from './spans';

/** A reason that is longer than this stands below, and not in the first sentence; characters. */
const REASON_LENGTH_MAX = 220;

/** The first sentence, and whether it has said why. */
export interface Opening {
  readonly text: string;
  readonly saysWhy: boolean;
}

/**
 * The first sentence of a run, without its full stop. It follows from the verdict and from the kind of what went wrong: only what the stack
 * did is told as the stack's.
 */
export function openingOf(run: RunModel): Opening {
  const delivered = run.pipeline === undefined ? undefined : pipelineSentence(run.pipeline);
  if (delivered !== undefined) return because(delivered, run.reason);
  const found = run.night === undefined ? undefined : nightSentence(run.night, run.scenarios, run.verdict);
  if (found !== undefined) return { text: found, saysWhy: false };
  switch (run.verdict) {
    case 'passed':
      return { text: isUnchanged(run) ? 'Nothing was to do' : 'Your stack survived', saysWhy: false };
    case 'failed':
      return { text: failed(run), saysWhy: false };
    case 'inconclusive':
      return because('This run could not tell', run.reason);
    case 'error':
      return because(BROKEN[run.kind ?? 'none'] ?? BROKEN.none, run.reason);
    case 'skipped':
      return because('Nothing ran', run.reason);
  }
}

/** Whether all that was asked for ran already. */
function isUnchanged({ scenarios, releases }: RunModel): boolean {
  const rollouts = scenarios.flatMap(({ known }) => known.rollouts);
  if (rollouts.length === 0 && releases.length > 0) return releases.every(({ outcome }) => outcome === 'unchanged');
  return (
    rollouts.every(({ outcome }) => outcome === 'unchanged') &&
    scenarios.length > 0 &&
    scenarios.every(({ known }) => known.rollouts.length > 0)
  );
}

function failed(run: RunModel): string {
  if (run.kind === 'release') return 'The release was rolled back; your stack stayed up';
  const cameUp = linesOf(run.lines, 'stack-up').length > 0 || run.scenarios.length > 0;
  return cameUp ? 'Your stack did not survive' : 'Your stack did not come up';
}

const BROKEN: Partial<Record<ErrorKind, string>> & { readonly none: string } = {
  internal: 'rollproof itself failed',
  'cannot-run': 'This cannot run here',
  none: 'A scenario broke before it could show anything',
};

function because(text: string, reason: string | undefined): Opening {
  if (reason === undefined) return { text, saysWhy: false };
  const [line = ''] = reason.split('\n');
  const why = line.trim().replace(/[.:]$/, '');
  if (why === '' || why.length > REASON_LENGTH_MAX) return { text, saysWhy: false };
  // A sentence of its own goes on after a colon.
  const on = why.replace(/^(A|Every|No|Nothing|Somebody|The)\b/, (word) => word.toLowerCase());
  return { text: `${text}: ${on}`, saysWhy: line.trim() === reason.trim() };
}

/** Whether a text has said a reason already, but for a capital and a full stop. Nobody is to read it twice. */
export function tells(text: string, reason: string): boolean {
  const bare = (words: string) => words.replace(/\s+/g, ' ').trim().replace(/\.$/, '').toLowerCase();
  return bare(text).includes(bare(reason));
}
