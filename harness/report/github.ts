import { appendFileSync } from 'node:fs';
import type { Verdict } from '../contract/observation';
import type { Summary, SummaryScenario } from '../contract/summary';
import { formatDuration } from './format';
import { printable } from './markup';
import { SIGNS } from './summary-text';

/** GitHub refuses a summary of more than 1 MiB: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary */
const SUMMARY_BYTES_MAX = 1_000_000;

/** GitHub shows so many annotations of a kind and a step: https://docs.github.com/en/rest/checks/runs. */
const ANNOTATIONS_MAX = 10;

const ORDER: readonly Verdict[] = ['failed', 'error', 'inconclusive', 'skipped', 'passed'];

/** What of `process.env` says that a GitHub workflow runs us, and where its summary is written. */
export interface GithubEnvironment {
  readonly GITHUB_ACTIONS?: string | undefined;
  readonly GITHUB_STEP_SUMMARY?: string | undefined;
}

/** Where it is told. */
export interface GithubOptions {
  /** Default: our own. */
  readonly env?: GithubEnvironment;
  /** Without annotations: a program reads standard error as JSON lines. Default false. */
  readonly json?: boolean;
  /** Default: standard error. */
  readonly print?: (text: string) => void;
}

/** In a GitHub workflow: the job summary gets the verdict table, and what did not pass becomes an annotation at the scenario's line. */
export function tellGithub(
  summary: Summary,
  { env = process.env, json = false, print = toStandardError }: GithubOptions = {},
): void {
  if (env.GITHUB_ACTIONS !== 'true') return;
  if (!json) print(annotations(summary));
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, jobSummary(summary));
}

function toStandardError(text: string): void {
  process.stderr.write(text);
}

/** Workflow commands, a line each, worst first. */
export function annotations({ scenarios, night }: Summary): string {
  const bad = worstFirst(scenarios).filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  const own = bad.map(({ verdict, title, reason = 'no reason was given', place }) => {
    const at = place === undefined ? {} : { file: place.file, line: String(place.line) };
    return command(verdict === 'inconclusive' ? 'warning' : 'error', { ...at, title: `${verdict}: ${title}` }, reason);
  });
  const found = (night?.findings ?? []).map(({ kind, subject, observed, expected }) => {
    const place = scenarios.find(({ title }) => title === subject)?.place;
    const at = place === undefined ? {} : { file: place.file, line: String(place.line) };
    return command('error', { ...at, title: `${kind}: ${subject}` }, `${observed}; expected ${expected}`);
  });
  return [...found, ...own].slice(0, ANNOTATIONS_MAX).join('');
}

/** Markdown: the headline, and a table with what failed first. */
export function jobSummary({ verdict, headline, reason, run, seed, scenarios, night, durationMs }: Summary): string {
  const head = [
    `## ${SIGNS[verdict]} ${escaped(headline)}`,
    '',
    ...(reason === undefined || headline.includes(reason) ? [] : [escaped(reason), '']),
    `Run \`${run}\`, seed \`${seed.replaceAll('`', '')}\`, ${formatDuration(durationMs)}. The whole report is \`report.html\` in the artefacts.`,
    '',
  ];
  const left = (night?.leftOut ?? []).map(({ title, reason: why }) => row('left out', title, '', why));
  const found = (night?.findings ?? []).map(({ kind, subject, observed, expected }) =>
    row(kind, subject, '', `${observed}; expected ${expected}`),
  );
  const rows = [
    ...found,
    ...worstFirst(scenarios).map(({ verdict: own, title, durationMs: took, reason: why = '' }) =>
      row(`${SIGNS[own]} ${own}`, title, formatDuration(took), why),
    ),
    ...left,
  ];
  const table = rows.length === 0 ? [] : ['| verdict | scenario | took | why |', '|---|---|---:|---|', ...rows, ''];
  return within(SUMMARY_BYTES_MAX, [...head, ...table]);
}

function worstFirst(scenarios: readonly SummaryScenario[]): SummaryScenario[] {
  return [...scenarios].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(' | ')} |`;
}

/** Text that stays text in a cell of Markdown. */
function escaped(text: string): string {
  return printable(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|#~]/g, '\\$&');
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands: what would end a value is escaped. */
function command(name: 'error' | 'warning', properties: Readonly<Record<string, string>>, message: string): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const named = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  return `::${name} ${named.join(',')}::${data(message)}\n`;
}

function within(bytesMax: number, lines: readonly string[]): string {
  let bytes = 0;
  const end = lines.findIndex((line) => (bytes += Buffer.byteLength(line) + 1) > bytesMax);
  const kept = end === -1 ? lines : [...lines.slice(0, end), '', 'The rest is in `summary.json`.'];
  return `${kept.join('\n')}\n`;
}
