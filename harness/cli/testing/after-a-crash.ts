import { join } from 'node:path';
import { readJournalLeniently } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import { replicasOf } from '../../delivery/revisions/revision';
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
const OWN_ANSWER = 'status 500';

/** Requests that nobody answered; what a revision answered by itself is no loss. */
export function lostOf(reasons: Readonly<Record<string, number>>): number {
  const unanswered = Object.entries(reasons).filter(([reason]) => reason !== OWN_ANSWER);
  return unanswered.reduce((sum, [, count]) => sum + count, 0);
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
  const open = record.filter(({ status, rollout }) => status === 'candidate' || rollout !== undefined);
  return [
    ...(running.join() === expected.join() ? [] : [`running: ${running.join()}`]),
    ...open.map(({ label, status }) => `${label} is ${status} yet`),
  ];
}
