import { wallIso } from '../../core/clock';
import { meter, sparkline } from '../charts/meters';
import {
  formatCount,
  formatDuration,
  formatMoment,
  formatNumber,
  formatPercent,
  formatPlural,
  shortImageId,
} from '../format';
import { html, type Markup, type Part } from '../markup';
import { worstFirst, type RunModel } from '../model';
import { tells } from '../opening';
import { isRollback, rollbackMs, waitBefore } from '../rollback-cause';
import type { ScenarioView } from '../scenario-view';
import { basisSentence, verdictStory } from '../sentences';
import { linesOf } from '../spans';
import { badge, details, table, verdictShape } from './parts';

/** What made the page, of what, and when. */
export function brand(run: RunModel): Markup {
  const started = run.lines.length === 0 ? 'never' : formatMoment(wallIso(run.startMs));
  return html`<header class="brand">
    <span><b>rollproof</b> · ${run.title}</span><span>${started}</span>
  </header>`;
}

/** A reason without what sentences add to it or leave out. */
function bare(reason: string): string {
  return (
    reason
      .replace(/^rolled back: /, '')
      .replace(/\.$/, '')
      .split(': observed ')[0] ?? reason
  );
}

/** The first thing read: the verdict, what happened, why to believe it, and how to run it again. */
export function verdictStrip(run: RunModel, views: readonly ScenarioView[]): Markup {
  const { opening, findings, rest } = verdictStory(run);
  const basis = basisSentence(run);
  const said = [opening, ...findings.map(({ text }) => text)];
  const isTold = said.some((text) => run.reason !== undefined && tells(text, bare(run.reason)));
  return html`<section class="card strip ${run.verdict}" aria-labelledby="verdict">
    ${badge(run.verdict)}
    <h1 id="verdict">${opening}.</h1>
    ${run.reason !== undefined && !isTold && html`<p class="why">${run.reason}</p>`}
    ${
      findings.length > 0 &&
      html`<ul class="findings">
        ${findings.map(
          ({ text, scenario }) =>
            html`<li class="${scenario.verdict}">
              ${verdictShape(scenario.verdict)}<span><a href="#${scenario.anchor}">${text}</a>.</span>
            </li>`,
        )}
      </ul>`
    }
    ${rest !== undefined && html`<p class="why">${rest}</p>`}
    ${basis !== undefined && html`<p class="basis"><a href="#rests-on">What this rests on</a>: ${basis}</p>`}
    ${tiles(run, views)}
    <dl class="meta">
      <dt>Run</dt>
      <dd><code>${run.run}</code></dd>
      <dt>Seed</dt>
      <dd><code>${run.seed}</code></dd>
      ${
        run.rerun !== undefined &&
        html`<dt>Run it again</dt>
          <dd><code class="rerun">${run.rerun}</code></dd>`
      }
      <dt>Images</dt>
      <dd>${imageList(run)}</dd>
    </dl>
  </section>`;
}

/** What a lost request is, to stand beside their number. */
const LOST_MEANS = 'no complete answer, or a 5xx; where no fault was injected';

function tiles(run: RunModel, views: readonly ScenarioView[]): Part {
  if (views.length === 0) return undefined;
  const passed = views.filter(({ scenario }) => scenario.verdict === 'passed').length;
  const requests = views.flatMap(({ scenario }) => scenario.known.requests ?? []);
  // Losses of a dependency that a fault has taken are wanted; those of a release that went through by itself are what people fear.
  const promoting = views.flatMap(({ scenario, faults }) =>
    faults.length === 0 && scenario.known.rollouts.some(({ outcome }) => outcome === 'promoted')
      ? (scenario.known.requests ?? [])
      : [],
  );
  const rolledBack = views.flatMap(({ scenario }) => scenario.known.rollouts.filter(isRollback));
  // Where nobody noticed anything, as in an interrupted one, the time since a first bad response says nothing.
  const noticed = rolledBack.filter(({ cause }) => waitBefore(cause) === 'noticing');
  const rollbacks = noticed.flatMap((rollout) => rollbackMs(rollout) ?? []);
  const stays = linesOf(run.lines, 'stack-down').some(({ kept }) => kept);
  const switches = rolledBack.flatMap(({ switchMs }) => switchMs ?? []);
  const tile = (name: string, value: string, note = '') =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value} <small>${note}</small></dd>
    </div>`;
  return html`<dl class="tiles">
    ${[
      tile('Scenarios passed', formatCount(passed), `of ${formatCount(views.length)}`),
      requests.length > 0 &&
        tile('Requests sent', formatCount(requests.reduce((total, one) => total + one.sent, 0)), 'at planned moments'),
      promoting.length > 0 &&
        tile('Lost while promoting', formatCount(promoting.reduce((total, one) => total + one.lost, 0)), LOST_MEANS),
      rollbacks.length > 0 &&
        tile('Slowest rollback', formatDuration(Math.max(...rollbacks)), 'from the first bad response'),
      switches.length > 0 && tile('Release cut off', formatDuration(Math.max(...switches)), 'after the decision'),
      tile('Took', formatDuration(run.endMs - run.startMs), stays ? 'the stack stays up' : 'stack up to stack down'),
    ]}
  </dl>`;
}

interface ImageRow {
  readonly service: string;
  readonly image: string;
  readonly imageId: string;
  readonly source: string | undefined;
}

function imagesOf(run: RunModel): ImageRow[] {
  const rows = linesOf(run.lines, 'stack-up').flatMap((stack) =>
    Object.entries(stack.images).map(([service, own]) => ({ service, ...own, source: own.source })),
  );
  return [...new Map(rows.map((row) => [`${row.service} ${row.imageId}`, row])).values()];
}

function imageList(run: RunModel): Part {
  const images = imagesOf(run);
  if (images.length === 0) return html`<span class="soft">none recorded</span>`;
  const isSourced = images.some(({ source }) => source !== undefined);
  const columns = [
    { name: 'Service', kind: 'keep' },
    { name: 'Image', kind: 'text' },
    { name: 'Id', kind: 'text' },
    ...(isSourced ? [{ name: 'Source', kind: 'keep' } as const] : []),
  ] as const;
  const rows = images.map((own) => [
    own.service,
    html`<code>${own.image}</code>`,
    html`<code>${own.imageId}</code>`,
    ...(isSourced ? [own.source ?? '–'] : []),
  ]);
  const first = images.slice(0, 2).map((own) => `${own.service} ${shortImageId(own.imageId)}`);
  const more = images.length > 2 ? ` and ${images.length - 2} more` : '';
  return details(`${first.join(', ')}${more}`, table({ label: 'Images', columns, rows }));
}

/** Every scenario in one table, worst first. */
export function matrix(views: readonly ScenarioView[]): Part {
  if (views.length === 0) return undefined;
  const order = worstFirst(views.map((view) => view.scenario));
  const sorted = order.flatMap((scenario) => views.find((view) => view.scenario === scenario) ?? []);
  const columns = [
    { name: 'Verdict' },
    { name: 'Scenario', kind: 'text' },
    { name: 'Phase', kind: 'keep' },
    { name: 'Requests', kind: 'num' },
    { name: 'Lost', kind: 'num' },
    { name: 'Error ratio' },
    { name: 'Took', kind: 'num' },
  ] as const;
  const rows = sorted.map((view) => {
    const { scenario } = view;
    const requests = scenario.known.requests;
    const ratios = view.load.points.map((point) => point.errorRatio);
    const peak = Math.max(...ratios.filter(Number.isFinite));
    return [
      badge(scenario.verdict),
      html`<a href="#${scenario.anchor}">${scenario.title}</a
        >${scenario.attempt > 1 && ` (attempt ${scenario.attempt})`}`,
      scenario.phase,
      requests === undefined ? '–' : formatCount(requests.sent),
      requests === undefined ? '–' : formatCount(requests.lost),
      ratios.length === 0
        ? html`<span class="soft">no data</span>`
        : sparkline(ratios, view.limits[0]?.value, `error ratio, peak ${formatPercent(peak)}`),
      formatDuration(scenario.durationMs),
    ];
  });
  const losesRightly = views.some(
    ({ scenario }) => scenario.verdict === 'passed' && (scenario.known.requests?.lost ?? 0) > 0,
  );
  return html`<section aria-labelledby="scenarios">
    <h2 id="scenarios">Scenarios</h2>
    <div class="card">
      ${table({ label: 'Scenarios', columns, rows, className: 'matrix', stacks: true })}
      ${views.some(({ scenario }) => scenario.known.requests !== undefined) && html`<p class="soft">Lost: ${LOST_MEANS}.</p>`}
      ${losesRightly && html`<p class="soft">Requests lost while something was broken on purpose count only where a check says so.</p>`}
    </div>
  </section>`;
}

/** Past its limit is worth a look, and no failure. */
const MEASURED_TONES = { within: 'good', over: 'warn' } as const;

/** What was measured, against its limit where it has one. */
export function measurements(run: RunModel): Part {
  if (run.measurements.length === 0) return undefined;
  const columns = [
    { name: 'Measurement', kind: 'text' },
    { name: 'Value', kind: 'num' },
    { name: 'Limit', kind: 'num' },
    { name: '', kind: 'keep' },
    { name: 'Samples', kind: 'num' },
    { name: 'Window', kind: 'keep' },
  ] as const;
  const rows = run.measurements.map((one) => [
    one.name,
    html`<b>${formatNumber(one.value)}</b> ${one.unit}`,
    one.limit === undefined
      ? '–'
      : `${one.value > one.limit ? '△ over' : '✓ up to'} ${formatNumber(one.limit)} ${one.unit}`,
    one.limit !== undefined &&
      one.limit > 0 &&
      meter(one.value, one.limit, `${one.name} against its limit`, MEASURED_TONES),
    formatCount(one.samples),
    one.window ?? '–',
  ]);
  return html`<section aria-labelledby="measurements">
    <h2 id="measurements">Measurements</h2>
    <div class="card">
      ${table({ label: 'Measurements', columns, rows })}
      <p class="soft">
        ${formatPlural(rows.length, 'measurement')}; none decides a verdict: a busy machine may pass a limit that it
        keeps when it is idle.
      </p>
    </div>
  </section>`;
}
