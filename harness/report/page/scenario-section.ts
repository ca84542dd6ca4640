import type { SlowCounts } from '../../contract/slow-answers';
import type { TrafficCounts } from '../../contract/traffic-counts';
import { errorCount } from '../series';
import { dumbbell, meter, phaseBar, type Phase } from '../charts/meters';
import {
  formatCount,
  formatDuration,
  formatNumber,
  formatOffset,
  formatPercent,
  formatPlural,
  formatProbability,
} from '../format';
import { html, type Markup, type Part } from '../markup';
import { rollbackPhases } from '../rollback';
import { isRollback, outcomeText } from '../rollback-cause';
import type { ScenarioView } from '../scenario-view';
import { alertSentence } from '../sentences';
import { badge, details, linked, table } from './parts';
import { shadowSection } from './shadow-section';
import { skewSection } from './skew-section';
import { timeline } from './timeline';

/** Above this many judgements the holds are folded away. */
const JUDGEMENTS_OPEN_MAX = 12;

/** Reaching an alert's limit is neither good nor bad: it depends on what was broken. */
const EVIDENCE_TONES = { within: 'info', over: 'warn' } as const;

/** All of one scenario: what it meant to show, what was seen, and what that rests on. */
export function scenarioSection(view: ScenarioView): Markup {
  const { scenario } = view;
  // The check below says it.
  const isObserved = scenario.checks.some(({ observed }) => observed === scenario.reason);
  const attempt = scenario.attempt > 1 ? ` · attempt ${scenario.attempt}` : '';
  const place = `${scenario.phase}${attempt} · ${formatDuration(scenario.durationMs)}`;
  return html`<article class="card scenario ${scenario.verdict}" id="${scenario.anchor}">
    <header>
      <div>${badge(scenario.verdict)}<span class="soft">${place}</span></div>
      <h3>${scenario.title}</h3>
      ${scenario.reason !== undefined && !isObserved && html`<p>${scenario.reason}</p>`}
      ${scenario.hypothesis !== undefined && html`<p class="soft">${scenario.hypothesis}</p>`} ${headline(view)}
    </header>
    <div class="body">
      ${checks(view)} ${timeline(view)} ${rollback(view)} ${skewSection(view)} ${shadowSection(view)}
      ${judgements(view)} ${alertEvidence(view)} ${exclusiveTimes(view)}
      ${details('All facts of the verdict', html`<pre class="mono">${JSON.stringify(scenario.facts, undefined, 2)}</pre>`)}
    </div>
  </article>`;
}

function headline({ scenario }: ScenarioView): Part {
  const { requests, rollouts, reconciliation } = scenario.known;
  const facts: (readonly [string, string])[] = [];
  if (requests !== undefined) {
    facts.push(
      ['Requests', formatCount(requests.sent)],
      ['Lost (no complete answer, or a 5xx)', formatCount(requests.lost)],
    );
    if ((requests.failed ?? 0) > 0) facts.push(['Failed', formatCount(requests.failed ?? 0)]);
    const [first] = Object.entries(requests.reasons ?? {}).sort(([, a], [, b]) => b - a);
    if (first !== undefined) facts.push(['Most often', `${first[0]} (${formatCount(first[1])})`]);
  }
  for (const rollout of rollouts.slice(0, 3)) {
    facts.push(['Rollout', outcomeText(rollout)]);
    if (rollout.switchMs !== undefined && isRollback(rollout))
      facts.push(['Release cut off', `${formatDuration(rollout.switchMs)} after the decision`]);
  }
  if (rollouts.length > 3) facts.push(['More rollouts', formatCount(rollouts.length - 3)]);
  if (reconciliation !== undefined) {
    const { acknowledged, stored, missing, doubled } = reconciliation;
    facts.push(['Acknowledged', formatCount(acknowledged)], ['Stored', formatCount(stored)]);
    facts.push(['Missing', formatCount(missing.length)], ['Doubled', formatCount(doubled.length)]);
  }
  return (
    facts.length > 0 &&
    html`<dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`
  );
}

function checks({ scenario }: ScenarioView): Part {
  if (scenario.checks.length === 0) return html`<p class="soft">No check was recorded.</p>`;
  const columns = [
    { name: 'Verdict' },
    { name: 'Check', kind: 'text' },
    { name: 'Observed', kind: 'text' },
    { name: 'Expected', kind: 'text' },
    { name: 'Samples', kind: 'num' },
    { name: 'Window', kind: 'num' },
  ] as const;
  const rows = scenario.checks.map((check) => [
    badge(check.verdict),
    check.name,
    check.observed,
    check.expected,
    check.samples === undefined ? '–' : formatCount(check.samples),
    check.windowMs === undefined ? '–' : formatDuration(check.windowMs),
  ]);
  return html`<h4>Checks</h4>
    ${table({ label: `Checks of ${scenario.title}`, columns, rows, stacks: true })}`;
}

function rollback(view: ScenarioView): Part {
  return rollbackPhases(view).map(({ title, phases, finding }) => {
    const columns = [
      { name: 'Phase', kind: 'keep' },
      { name: 'Took', kind: 'num' },
      { name: 'Ended at', kind: 'num' },
    ] as const;
    const rows = phases.map((phase: Phase) => [
      phase.name,
      formatDuration(phase.toMs - phase.fromMs),
      formatOffset(phase.toMs - view.scenario.startMs, true),
    ]);
    return html`<figure>
      <figcaption>
        <h4>${title}</h4>
        <p>${finding}</p>
      </figcaption>
      ${phaseBar(phases, finding)}${table({ label: title, columns, rows, className: 'compact' })}
    </figure>`;
  });
}

/** "7 of 40", and those with 4xx beside them: a release can be taken back for them alone. */
function failedOf(counts: TrafficCounts): string {
  return `${errorCount(counts)} of ${formatCount(counts.requests)}`;
}

function slowOf({ slow, requests }: SlowCounts): string {
  return `${formatCount(slow)} of ${formatCount(requests)}`;
}

function judgements({ judgements: list, scenario }: ScenarioView): Part {
  if (list.length === 0) return undefined;
  const columns = [
    { name: 'At', kind: 'num' },
    { name: 'Decision', kind: 'keep' },
    { name: 'Weight', kind: 'num' },
    { name: 'Candidate errors', kind: 'num' },
    { name: 'Stable errors', kind: 'num' },
    { name: 'p, errors', kind: 'num' },
    { name: 'Slow answers', kind: 'num' },
    { name: 'p, slow', kind: 'num' },
    { name: 'p, latency', kind: 'num' },
    { name: 'Shift', kind: 'num' },
    { name: 'Power', kind: 'num' },
    { name: 'Reason', kind: 'text' },
  ] as const;
  const sign = { hold: '● hold', promote: '▲ promote', abort: '■ abort' } as const;
  const rows = list.map((one) => [
    formatOffset(one.at - scenario.startMs, true),
    sign[one.outcome],
    `${formatNumber(one.weight)} %`,
    failedOf(one.canary),
    one.stable.requests === 0 ? 'no traffic' : failedOf(one.stable),
    formatProbability(one.errorPValue),
    one.slow === undefined ? '–' : `${slowOf(one.slow.canary)}, stable ${slowOf(one.slow.stable)}`,
    formatProbability(one.slowPValue),
    formatProbability(one.latencyPValue),
    one.latencyShiftMs === undefined ? '–' : formatDuration(one.latencyShiftMs),
    one.power === undefined ? '–' : formatPercent(one.power),
    one.reason,
  ]);
  const rowClass = (index: number) => (list[index]?.outcome === 'hold' ? 'quiet' : undefined);
  const all = table({ label: 'Judgements', columns, rows, rowClass });
  const last = list.at(-1);
  const isFolded = list.length > JUDGEMENTS_OPEN_MAX;
  const count = formatPlural(list.length, 'judgement');
  return html`<h4>What the judge saw</h4>
    ${last !== undefined && isFolded && html`<p class="soft">${count}; the last: ${sign[last.outcome]}, ${last.reason}.</p>`}
    ${isFolded ? details('All judgements, newest last', all) : all}`;
}

function alertEvidence(view: ScenarioView): Part {
  const { scenario, alertEvidence: evidence, notices, alerts } = view;
  const chains = scenario.known.alerts.map((alert) => {
    const steps = [
      ['pending', alert.pendingAtMs],
      ['firing', alert.firingAtMs],
      ['reached the pager', alert.notifiedAtMs],
      ['resolved', alert.resolvedAtMs],
    ] as const;
    const known = steps.flatMap(([name, atMs]) => (atMs === undefined ? [] : [{ name, atMs }]));
    const items = known.map(
      ({ name, atMs }) => html`<li>${name} <b>${formatOffset(atMs - scenario.startMs, true)}</b></li>`,
    );
    return (
      known.length > 0 &&
      html`<ol class="chain">
        <li>${alert.name}</li>
        ${items}
      </ol>`
    );
  });
  const pages = notices
    .filter((notice) => notice.kind === 'notified')
    .slice(0, 3)
    .map(({ annotations, atMs, alert }) => {
      const rest = Object.entries(annotations).filter(([name]) => name !== 'summary');
      return html`<div class="page-alert">
        <p><b>${annotations['summary'] ?? alert}</b></p>
        <dl class="meta">
          <dt>reached the pager at</dt>
          <dd>${formatOffset(atMs - scenario.startMs, true)}</dd>
          ${rest.map(
            ([name, text]) =>
              html`<dt>${name}</dt>
                <dd>${linked(text)}</dd>`,
          )}
        </dl>
      </div>`;
    });
  const meters = evidence.map((one) => {
    const fired = alerts.some((span) => span.alert === one.alert && span.state === 'firing');
    return html`<p>${alertSentence(one, fired)}</p>
      ${table({
        label: `Evidence of ${one.alert}`,
        className: 'compact',
        columns: [
          { name: 'Evidence', kind: 'keep' },
          { name: '', kind: 'keep' },
          { name: 'Value', kind: 'num' },
        ],
        rows: [
          [
            'Peak ratio ÷ threshold',
            meter(one.peakOverThreshold, 1, 'peak against threshold', EVIDENCE_TONES),
            `${formatNumber(one.peakOverThreshold)} ×`,
          ],
          [
            'Longest pending ÷ for',
            meter(one.pendingOverFor, 1, 'longest pending against for', EVIDENCE_TONES),
            `${formatNumber(one.pendingOverFor)} ×`,
          ],
        ],
      })}
      <p class="soft">${formatPlural(one.samples, 'sample')}; time compressed ${formatNumber(one.compression)} ×.</p>`;
  });
  const any = evidence.length > 0 || pages.length > 0 || chains.some((chain) => chain !== false);
  return (
    any &&
    html`<h4>Alerts</h4>
      ${chains}${pages}${meters}`
  );
}

function exclusiveTimes({ scenario }: ScenarioView): Part {
  const times = Object.entries(scenario.known.exclusiveTimeMs ?? {});
  if (times.length === 0) return undefined;
  const change = ([, { before, after }]: (typeof times)[number]) => after - before;
  const sorted = times.sort((a, b) => change(b) - change(a));
  const most = Math.max(...times.map(([, { before, after }]) => Math.max(before, after)));
  const columns = [
    { name: 'Where', kind: 'keep' },
    { name: 'Before', kind: 'num' },
    { name: 'During', kind: 'num' },
    { name: 'Change', kind: 'num' },
    { name: '○ before, ● during' },
  ] as const;
  const rows = sorted.map(([edge, { before, after }]) => [
    edge,
    formatDuration(before),
    formatDuration(after),
    `${after >= before ? '+' : ''}${formatDuration(after - before)}`,
    dumbbell(before, after, most, `${edge}: ${formatDuration(before)} before, ${formatDuration(after)} during`),
  ]);
  const top = sorted[0];
  return html`<h4>Where the time went</h4>
    ${top !== undefined && html`<p class="soft">By the traces, exclusive time (lowest tenth of the requests) changed most on ${top[0]}: from ${formatDuration(top[1].before)} to ${formatDuration(top[1].after)}.</p>`}${table({ label: 'Exclusive time, lowest tenth', columns, rows, className: 'compact' })}`;
}
