import type { LineOf } from '../../contract/observation';
import { formatCount, formatDuration, formatPlural, formatProbability } from '../format';
import { html, type Part } from '../markup';
import type { ScenarioView } from '../scenario-view';
import { details, table } from './parts';

type ShadowLine = LineOf<'shadow'>;

/** What both revisions answered to copies of users' reads: what differed, what differs by itself, and what is new. */
export function shadowSection({ shadows }: ScenarioView): Part {
  if (shadows.length === 0) return undefined;
  return html`<h4>What both answered to copies</h4>
    ${shadows.map(
      (line) =>
        html`<p>${shadowSentence(line)}</p>
          ${differences(line)} ${details('What was compared, by kind of request', kinds(line))}`,
    )}`;
}

const OUTCOMES: Readonly<Record<ShadowLine['outcome'], string>> = {
  same: '▲ nothing differed',
  different: '■ the new revision differs',
  inconclusive: '● nothing can be said',
};

/** The outcome in a sentence, with what it rests on. */
function shadowSentence({ service, outcome, reason, copies, reads, others, failed, latency }: ShadowLine): string {
  const came = `users of ${service} sent ${formatPlural(reads, 'request')} that read and ${formatCount(others)} others, which are never copied`;
  const lost = failed === 0 ? '' : `; ${formatCount(failed)} copies could not be sent`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const slow =
    latency === undefined
      ? ' Latency was not compared: there were too few copies.'
      : ` Stable took ${formatDuration(latency.fromMs)}, the new revision ${formatDuration(latency.toMs)} (p = ${formatProbability(latency.pValue)}).`;
  return `${OUTCOMES[outcome]} in ${formatCount(copies)} copies${why}; ${came}${lost}.${slow}`;
}

function differences({ differences: found }: ShadowLine): Part {
  if (found.length === 0) return undefined;
  const columns = [
    { name: 'Request', kind: 'text' },
    { name: 'What', kind: 'text' },
    { name: 'Stable', kind: 'text' },
    { name: 'New', kind: 'text' },
    { name: 'Copies', kind: 'num' },
  ] as const;
  const rows = found.map(({ kind, what, from, to, differing, compared }) => [
    ...[kind, what, from, to],
    `${formatCount(differing)} of ${formatCount(compared)}`,
  ]);
  return table({ label: 'What differs', columns, rows, className: 'compact' });
}

function kinds({ kinds: all }: ShadowLine) {
  const columns = [
    { name: 'Request', kind: 'text' },
    { name: 'Copies', kind: 'num' },
    { name: 'Parts compared', kind: 'num' },
    { name: 'Differs by itself', kind: 'text' },
    { name: 'New', kind: 'text' },
  ] as const;
  const rows = all.map(({ kind, copies, compared, noise, added }) => [
    ...[kind, formatCount(copies), formatCount(compared)],
    noise.map(({ what, differing, compared: of }) => `${what} (${differing} of ${of})`).join(', ') || '–',
    added.map(({ what, is }) => `${what}, ${is}`).join('; ') || '–',
  ]);
  return table({ label: 'Copies by kind of request', columns, rows, className: 'compact' });
}
