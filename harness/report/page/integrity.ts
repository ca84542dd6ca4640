import type { UnreadableLine } from '../../contract/journal';
import { formatBytes, formatCount, formatDuration, formatOffset, formatPlural } from '../format';
import type { EvidenceFile } from '../evidence';
import { html, type Markup, type Part } from '../markup';
import type { RunModel } from '../model';
import { detailText } from '../phrases';
import { linesOf } from '../spans';
import { badge, linked, table } from './parts';

/** What the run stands on: versions, what was skipped, what could not be read, what was noted. */
export function integrity(run: RunModel): Markup {
  return html`<section aria-labelledby="rests-on">
    <h2 id="rests-on">What this rests on</h2>
    <div class="card columns">
      <div>
        <h3>Versions</h3>
        ${pairs(Object.entries(run.versions), 'No versions were recorded.')}
      </div>
      <div>
        <h3>Stacks</h3>
        ${stacks(run)}
      </div>
      <div>
        <h3>Skipped here</h3>
        ${skipped(run)}
      </div>
      <div>
        <h3>The journal</h3>
        ${journal(run)}
      </div>
    </div>
    ${looseChecks(run)}${notes(run)}
  </section>`;
}

function pairs(entries: readonly (readonly [string, string])[], none: string): Markup {
  if (entries.length === 0) return html`<p class="soft">${none}</p>`;
  return html`<dl class="meta">
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${linked(value)}</dd>`,
    )}
  </dl>`;
}

function stacks(run: RunModel): Markup {
  const up = linesOf(run.lines, 'stack-up');
  const down = linesOf(run.lines, 'stack-down');
  if (up.length === 0) return html`<p class="soft">No stack came up.</p>`;
  return html`<ul class="plain">
    ${up.map((stack) => {
      const end = down.find((line) => line.project === stack.project);
      const ending =
        end === undefined ? 'no record of its end' : end.kept ? 'kept' : `removed in ${formatDuration(end.tookMs)}`;
      return html`<li>
        <code>${stack.project}</code> healthy after ${formatDuration(stack.tookMs)},
        ${ending}${end?.kept === true && pairs(Object.entries(stack.urls), '')}
      </li>`;
    })}
  </ul>`;
}

function skipped(run: RunModel): Markup {
  const lines = linesOf(run.lines, 'skipped-capability');
  const unique = [...new Map(lines.map((line) => [`${line.capability} ${line.reason}`, line])).values()];
  if (unique.length === 0) return html`<p class="soft">Nothing: all that the scenarios needed was there.</p>`;
  return html`<ul class="plain">
    ${unique.map((line) => html`<li><b>${line.capability}</b> – ${line.reason}</li>`)}
  </ul>`;
}

/** A scenario that passed over a check that did not: said, not hidden. */
function contradictions(run: RunModel): string[] {
  return run.scenarios.flatMap((scenario) =>
    scenario.verdict === 'passed'
      ? scenario.checks
          .filter((check) => check.verdict !== 'passed' && check.verdict !== 'skipped')
          .map((check) => `“${scenario.title}” passed although its check “${check.name}” is ${check.verdict}.`)
      : [],
  );
}

function unreadableText(lines: readonly UnreadableLine[]): string {
  const shown = lines.slice(0, 8).map(({ number, problem }) => `${number}: ${problem}`);
  return `${formatPlural(lines.length, 'line')} could not be read (${shown.join(' · ')}${lines.length > 8 ? ' · …' : ''}).`;
}

function journal(run: RunModel): Markup {
  const bad = run.unreadable;
  const retried = run.scenarios.filter((scenario) => scenario.attempt > 1);
  const items: Part[] = [
    html`<li>${formatPlural(run.lines.length, 'line')} read.</li>`,
    bad.length > 0 && html`<li class="hole">⚠ ${unreadableText(bad)}</li>`,
    !run.lines.some((line) => line.type === 'run-finished') &&
      html`<li class="hole">⚠ The journal does not say that the run finished.</li>`,
    retried.map(
      (scenario) =>
        html`<li class="hole">⚠ “${scenario.title}” was tried again: attempt ${formatCount(scenario.attempt)}.</li>`,
    ),
    contradictions(run).map((text) => html`<li class="hole">⚠ ${text}</li>`),
  ];
  return html`<ul class="plain">
    ${items}
  </ul>`;
}

function looseChecks(run: RunModel): Part {
  if (run.looseChecks.length === 0) return undefined;
  const columns = [
    { name: 'Verdict' },
    { name: 'Check', kind: 'text' },
    { name: 'Observed', kind: 'text' },
    { name: 'Expected', kind: 'text' },
  ] as const;
  const rows = run.looseChecks.map((check) => [badge(check.verdict), check.name, check.observed, check.expected]);
  return html`<h2>Checks of the run as a whole</h2>
    <div class="card">${table({ label: 'Checks of the run', columns, rows, stacks: true })}</div>`;
}

const NOTES_MAX = 200;

function notes(run: RunModel): Part {
  const lines = linesOf(run.lines, 'note');
  if (lines.length === 0) return undefined;
  const items = lines.slice(0, NOTES_MAX).map(
    (line) =>
      html`<li>
        <span class="soft">${formatOffset(line.at - run.startMs)}</span> ${line.message}
        <span class="soft">${line.detail !== undefined && detailText(line.detail)}</span>
      </li>`,
  );
  const more =
    lines.length > NOTES_MAX &&
    html`<li class="soft">${formatCount(lines.length - NOTES_MAX)} more in journal.ndjson</li>`;
  return html`<h2>Notes</h2>
    <div class="card">
      <ul class="plain">
        ${items}${more}
      </ul>
    </div>`;
}

/** Links to what lies beside the report. They work as long as the page stays in its folder. */
export function evidenceLinks(files: readonly EvidenceFile[]): Part {
  if (files.length === 0) return undefined;
  const items = files.map(
    ({ path, bytes }) =>
      html`<li>
        <a href="${path.split('/').map(encodeURIComponent).join('/')}">${path}</a>
        <span class="soft">${formatBytes(bytes)}</span>
      </li>`,
  );
  return html`<section aria-labelledby="evidence">
    <h2 id="evidence">Evidence</h2>
    <div class="card">
      <ul class="plain columns">
        ${items}
      </ul>
    </div>
  </section>`;
}
