import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJournalLeniently } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import type { LedgerLine } from '../../load/ledger-line';
import { replicasOf, type Revision } from '../../delivery/revisions/revision';
import { openRevisionStore, revisionsPath } from '../../delivery/revisions/revision-store';
import type { TinyProject } from './tiny-project';

/** So many requests show who serves. */
const ASKED = 24;

/** The revisions of a tiny project, as its records are now. */
export const storeOf = ({ directory, project }: TinyProject) =>
  openRevisionStore(revisionsPath(join(directory, '.rollproof', project)));

/** The journal of its latest run. */
export const latestJournal = (tiny: TinyProject) =>
  join(tiny.directory, 'reports', tiny.runs().sort().at(-1) ?? '', 'journal.ndjson');

/** The bad answers of the tiny service's bad image. */
const OWN_STATUS = 500;
const OWN_ANSWER = `status ${OWN_STATUS}`;

/** Requests that nobody answered; what a revision answered by itself is no loss. */
export function lostOf(reasons: Readonly<Record<string, number>>): number {
  const unanswered = Object.entries(reasons).filter(([reason]) => reason !== OWN_ANSWER);
  return unanswered.reduce((sum, [, count]) => sum + count, 0);
}

/**
 * Requests that nobody answered beside those of the longest gaps: of requests that follow each other, by their intended moments, and of which
 * nobody answered one. Who stops the old revision before the new one has one gap on the way there, and one on the way back.
 */
export function lostBeyondGaps(lines: readonly LedgerLine[], gaps: number): number {
  const runs: number[] = [0];
  for (const { outcome, status } of lines.toSorted((a, b) => a.intendedAtMs - b.intendedAtMs)) {
    const isUnanswered = outcome === 'lost' && status !== OWN_STATUS;
    if (isUnanswered) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else if (runs.at(-1) !== 0) runs.push(0);
  }
  return runs
    .toSorted((a, b) => b - a)
    .slice(gaps)
    .reduce((sum, run) => sum + run, 0);
}

/** The run that has begun since these were known, once it has a journal: none of them is older, and folders may have gone. */
export function newRun(tiny: Pick<TinyProject, 'runs' | 'directory'>, known: ReadonlySet<string>): string | undefined {
  const run = tiny.runs().find((name) => !known.has(name));
  const path = join(tiny.directory, 'reports', run ?? '', 'journal.ndjson');
  return run !== undefined && existsSync(path) ? path : undefined;
}

/** The lines of rollouts in a journal. */
export function rolloutLines(path: string): readonly JournalLine[] {
  return readJournalLeniently(path).lines.filter((line) => 'rollout' in line);
}

/** Who answers some requests; each once. */
export async function whoAnswers(tiny: TinyProject): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: ASKED }, () => tiny.ask().catch(String)));
  return [...new Set(answers)];
}

/** Containers that run beside those of the stack and its stable revision, replicas that it lacks, and rollouts without an end. */
export async function orphansOf(tiny: TinyProject, stable: string): Promise<string[]> {
  const record = storeOf(tiny).list('web');
  const replicas = record.filter(({ label }) => label === stable).map(replicasOf)[0] ?? 0;
  const expected = ['back', 'keeper', 'web', ...Array.from({ length: replicas }, () => stable)].sort();
  // The test's own helper kills.
  const running = (await tiny.running()).filter((name) => name !== 'helper');
  return [...(running.join() === expected.join() ? [] : [`running: ${running.join()}`]), ...openEnds(record)];
}

/** Rollouts of which the records know no end. */
export function openEnds(revisions: readonly Revision[]): string[] {
  const open = revisions.filter(({ status, rollout }) => status === 'candidate' || rollout !== undefined);
  return open.map(({ label, status }) => `${label} is ${status} yet`);
}
