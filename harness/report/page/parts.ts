import type { Verdict } from '../../contract/observation';
import { html, type Markup, type Part } from '../markup';

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'Passed',
  failed: 'Failed',
  error: 'Error',
  inconclusive: 'Inconclusive',
  skipped: 'Skipped',
};

/** Each verdict has a shape of its own, so that colour is never the only sign. */
const VERDICT_SHAPES: Readonly<Record<Verdict, Markup>> = {
  passed: html`<circle cx="8" cy="8" r="6.6" /><path d="M5 8.2l2.1 2.2L11 6" />`,
  failed: html`<path d="M5.3 1.4h5.4l3.9 3.9v5.4l-3.9 3.9H5.3l-3.9-3.9V5.3Z" /><path
      d="M5.7 5.7l4.6 4.6m0-4.6l-4.6 4.6"
    />`,
  error: html`<path d="M8 1.5l6.8 12.6H1.2Z" /><path d="M8 6v3.6m0 2v.2" />`,
  inconclusive: html`<path d="M8 1l7 7l-7 7l-7-7Z" /><path d="M6.3 6.6q0-1.8 1.7-1.8t1.7 1.6q0 1-1.7 2.2m0 2.4v.2" />`,
  skipped: html`<circle cx="8" cy="8" r="6.6" /><path d="M5 8h6" />`,
};

/** The shape of a verdict, beside text that says it too. */
export function verdictShape(verdict: Verdict): Markup {
  return html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${VERDICT_SHAPES[verdict]}</svg>`;
}

/** Shape, word and colour of a verdict. */
export function badge(verdict: Verdict): Markup {
  return html`<span class="badge ${verdict}">${verdictShape(verdict)}${VERDICT_WORDS[verdict]}</span>`;
}

export interface Column {
  readonly name: string;
  /** `num` is right-aligned, `keep` never breaks, `text` may be long. */
  readonly kind?: 'num' | 'keep' | 'text';
}

/** A table that scrolls by itself where it does not fit. A row is cells, or cells with a class. */
export function table(options: {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Part[])[];
  readonly className?: string;
  /** On a phone each row becomes a block: the first two cells as they are, the others behind the names of their columns. */
  readonly stacks?: boolean;
  readonly rowClass?: (index: number) => string | undefined;
}): Markup {
  const { label, columns, rows, className, stacks = false, rowClass } = options;
  // A table that is laid out as blocks is none to a screen reader, unless its roles are said.
  const role = (name: string) => (stacks ? html` role="${name}"` : undefined);
  const dataLabel = (index: number) =>
    stacks && index > 1 ? html` data-label="${columns[index]?.name ?? ''}"` : undefined;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table class="${className ?? ''}${stacks && ' stack'}"${role('table')}>
      <thead${role('rowgroup')}>
        <tr${role('row')}>
          ${columns.map((column) => html`<th scope="col" class="${column.kind ?? ''}" ${role('columnheader')}>${column.name === '' ? html`<span class="unseen">Drawing</span>` : column.name}</th>`)}
        </tr>
      </thead>
      <tbody${role('rowgroup')}>
        ${rows.map(
          (row, index) =>
            html`<tr class="${rowClass?.(index) ?? ''}" ${role('row')}>
              ${row.map((cell, column) => html`<td class="${columns[column]?.kind ?? ''}" ${dataLabel(column)}${role('cell')}>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What is there for who wants it. */
export function details(summary: string, content: Markup, open = false): Markup {
  return open
    ? html`<details open>
        <summary>${summary}</summary>
        ${content}
      </details>`
    : html`<details>
        <summary>${summary}</summary>
        ${content}
      </details>`;
}

/** A link out only where it is plainly one, code where it is one word, else text. */
export function linked(text: string): Part {
  if (/^https?:\/\/[^\s]+$/.test(text)) return html`<a href="${text}" rel="noreferrer">${text}</a>`;
  return /\s/.test(text) ? text : html`<code>${text}</code>`;
}
