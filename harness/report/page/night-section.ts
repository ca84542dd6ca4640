import { formatCount, formatDuration, formatPlural } from '../format';
import { html, type Part } from '../markup';
import type { RunModel } from '../model';
import { triedCount } from '../night';
import { badge, table } from './parts';

const FOUND = { flaky: 'Changes its verdict', drift: 'Left its noise' } as const;

/** What a night found, what it tried with a link to each report, and what it left out. */
export function nightSection({ night, scenarios }: RunModel): Part {
  if (night === undefined) return undefined;
  const { findings, leftOut, budgetMs, candidates } = night;
  return html`<section aria-labelledby="night">
    <h2 id="night">The night</h2>
    <div class="card">
      <p>
        ${formatCount(triedCount(scenarios))} of ${formatPlural(candidates, 'candidate')} tried in a budget of
        ${formatDuration(budgetMs)}.
      </p>
      ${
        findings.length > 0 &&
        table({
          label: 'Findings',
          columns: [
            { name: 'Finding' },
            { name: 'Of', kind: 'text' },
            { name: 'Observed', kind: 'text' },
            { name: 'Expected', kind: 'text' },
          ],
          rows: findings.map(({ kind, subject, observed, expected }) => [FOUND[kind], subject, observed, expected]),
          stacks: true,
        })
      }
      ${
        scenarios.length > 0 &&
        table({
          label: 'Tried',
          columns: [
            { name: 'Verdict' },
            { name: 'What', kind: 'text' },
            { name: 'Took', kind: 'num' },
            { name: 'Report', kind: 'keep' },
          ],
          rows: scenarios.map(({ verdict, title, durationMs, facts: { tried } }) => [
            badge(verdict),
            title,
            formatDuration(durationMs),
            tried?.report === undefined ? '–' : html`<a href="${tried.report}">report</a>`,
          ]),
          stacks: true,
        })
      }
      ${
        leftOut.length > 0 &&
        html`<h3>Left out</h3>
          ${table({
            label: 'Left out',
            columns: [
              { name: 'What', kind: 'text' },
              { name: 'Why', kind: 'text' },
            ],
            rows: leftOut.map(({ title, reason }) => [title, reason]),
          })}`
      }
    </div>
  </section>`;
}
