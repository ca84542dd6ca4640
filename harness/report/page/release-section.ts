import type { ReleaseStepReport } from '../../contract/release-result';
import { stepText, undoText } from '../../contract/release-words';
import type { LineOf } from '../../contract/observation';
import { formatDuration } from '../format';
import { html, type Markup, type Part } from '../markup';
import { table } from './parts';

type ReleaseEnded = LineOf<'release-ended'>;

const HEADINGS = {
  released: 'Released',
  'went-back': 'Went back',
  stuck: 'Stuck between the versions',
  unchanged: 'Nothing was to do',
} as const;

/** What became of each step: what stays although the release went back is not as it was. */
const WORDS = {
  done: 'done',
  undone: 'undone',
  'not-begun': 'not begun',
  kept: 'cannot be undone',
  failed: 'could not be undone',
} as const satisfies Record<ReleaseStepReport['state'], string>;

/** A card a whole release: what became of each of its steps. */
export function releaseSection(releases: readonly ReleaseEnded[]): Part {
  if (releases.length === 0) return undefined;
  return html`<section aria-labelledby="release">
    <h2 id="release">Whole ${releases.length === 1 ? 'release' : 'releases'}</h2>
    ${releases.map(releaseCard)}
  </section>`;
}

function releaseCard({ outcome, reason, steps, serves, startedAtMs, endedAtMs, backAtMs }: ReleaseEnded): Markup {
  const columns = [
    { name: 'Step', kind: 'keep' },
    { name: 'Outcome', kind: 'keep' },
    { name: 'What became of it', kind: 'text' },
  ] as const;
  const rows = steps.map((step) => [stepText(step), WORDS[step.state], becameText(step)]);
  const serving = Object.values(serves);
  return html`<div class="card">
    <h3>${HEADINGS[outcome]} in ${formatDuration(endedAtMs - startedAtMs)}</h3>
    ${reason !== undefined && html`<p class="why">${reason}</p>`}
    ${rows.length > 0 && table({ label: 'Steps of the release', columns, rows, stacks: true })}
    <p class="soft">
      ${serving.length > 0 && html`Now serve ${serving.join(', ')}. `}${
        backAtMs !== undefined && html`All traffic was back after ${formatDuration(backAtMs - startedAtMs)}.`
      }
    </p>
  </div>`;
}

function becameText({ kind, service, state, reason }: ReleaseStepReport): string {
  return state === 'undone' ? undoText({ kind, service }) : (reason ?? '');
}
