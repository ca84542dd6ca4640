import { formatPlural } from '../format';
import { html, type Markup, type Part } from '../markup';
import type { ScenarioView } from '../scenario-view';
import { skewViews, trialText, type SkewView } from '../skew';
import { table } from './parts';
import { groupBy } from '../../core/group-by';

const WORDS = {
  right: 'understood',
  wrong: 'not understood',
  inconclusive: 'nothing concluded',
} as const satisfies Record<SkewView['outcome'], string>;

/** Of each rollout: what its revisions left behind for each other, and what each of them answered. */
export function skewSection({ skews, rollouts }: ScenarioView): Part {
  return [...groupBy(skews, ({ rollout }) => rollout)].map(([id, lines]) => {
    const rollout = rollouts.find((own) => own.id === id);
    const between = rollout === undefined ? 'two revisions' : `${rollout.from} and ${rollout.to}`;
    return findings(`What ${between} left behind for each other`, skewViews(lines));
  });
}

function readers({ read, beside }: SkewView['trials'][number]): string {
  return beside === undefined ? read : `${read} with ${beside}`;
}

function findings(title: string, views: readonly SkewView[]): Markup {
  const columns = [
    { name: 'Left behind', kind: 'keep' },
    { name: 'Finding', kind: 'keep' },
    { name: 'Left by', kind: 'keep' },
    { name: 'Read by', kind: 'keep' },
    { name: 'Answer', kind: 'text' },
  ] as const;
  const rows = views.flatMap(({ name, outcome, trials }) =>
    trials.map((trial) => [name, WORDS[outcome], trial.write, readers(trial), trialText(trial)]),
  );
  const wrong = views.filter(({ outcome }) => outcome === 'wrong');
  const again = views.filter(({ times, outcome }) => outcome === 'wrong' && times > 1);
  return html`<figure>
    <figcaption>
      <h4>${title}</h4>
      ${
        wrong.length === 0 &&
        html`<p>
          ${formatPlural(views.length, 'kind')} of it tried, and none found that the other does not understand.
        </p>`
      }
      ${views.map(({ name, reason }) => reason !== undefined && html`<p class="why">${name}: ${reason}</p>`)}
      ${again.length > 0 && html`<p class="soft">What was found wrong was tried again before it was believed.</p>`}
    </figcaption>
    ${table({ label: title, columns, rows, className: 'compact', stacks: true })}
  </figure>`;
}
