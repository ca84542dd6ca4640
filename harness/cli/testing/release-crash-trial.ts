import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJournalLeniently } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import { wallMs } from '../../core/clock';
import { replicasOf } from '../../delivery/revisions/revision';
import { latestJournal, lostOf, openEnds, storeOf, whoAnswers } from './after-a-crash';
import { ChainProject } from './chain';
import { diesAt, nextCommand, trafficAtHome, type CrashAt } from './crash-trial';
import { CONFIG, type TinyProject } from './tiny-project';

/** A whole release of a chain: from the version that runs to that of a file. */
export interface ChainRelease {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  /** The words of `release` that say how. */
  readonly how: readonly string[];
}

/** What one kill of the controller of a whole release has cost, and left. */
export interface ReleaseCrashTrial extends CrashAt {
  /** The last line of the release or of its rollouts that stands in the journal. */
  readonly diedAfter: string;
  /** What the next command made of it. */
  readonly outcome: string;
  /** The version that serves in the end. */
  readonly serves: string;
  /** Until the guardian of the dead command had done its work, ms. */
  readonly homeMs: number;
  /** Requests without an answer, or with one that no bad revision gives. */
  readonly lost: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly orphans: readonly string[];
  readonly wrong: readonly string[];
}

/**
 * Begins a release under a load of 100 requests a second, kills the command at its line, waits for the guardian and has the next command end
 * what is left. `undefined` when the release had ended before.
 */
export async function releaseCrashTrial(
  chain: ChainProject,
  { from, to, file, how }: ChainRelease,
  at: CrashAt,
): Promise<ReleaseCrashTrial | undefined> {
  const { tiny } = chain;
  const wrong: string[] = [];
  await using load = await tiny.openLoad();
  if (!(await diesAt(tiny, ['release', '--to', file, ...how, ...CONFIG], at))) return undefined;
  const diedAtMs = wallMs();
  const journalPath = latestJournal(tiny);
  const diedAfter = momentOf(releaseLines(journalPath).at(-1));
  const { isHome, homeMs } = await trafficAtHome(tiny, diedAtMs, chain.commonServices);
  if (!isHome) wrong.push(`traffic was on two revisions ${homeMs} ms after the kill`);
  wrong.push(...(await nextCommand(tiny)));
  const lines = releaseLines(journalPath);
  const ends = lines.flatMap((line) => (line.type === 'release-ended' ? [line.outcome] : []));
  const isBegun = lines.some(({ type }) => type === 'release');
  if (ends.length !== (isBegun ? 1 : 0)) wrong.push(`the history tells of ${ends.length} ends of the release`);
  wrong.push(...untoldRollouts(lines));
  const outcome = ends[0] ?? 'not begun';
  const serves = outcome === 'released' ? to : from;
  const answers = await whoAnswers(tiny);
  if (answers.join() !== chain.answerOf(serves)) wrong.push(`${answers.join()} is answered by version ${serves}`);
  const { reasons } = await load.stop();
  return {
    ...{ ...at, diedAfter, outcome, serves, homeMs, reasons, wrong },
    lost: lostOf(reasons),
    orphans: await orphansOf(chain, serves),
  };
}

/** The lines of a release that nobody disturbs, and of its rollouts. */
export async function undisturbed(chain: ChainProject, { file, how }: ChainRelease): Promise<readonly JournalLine[]> {
  const { tiny } = chain;
  await using _load = await tiny.openLoad();
  await tiny.run(['release', '--to', file, ...how, ...CONFIG]).exitCode();
  return releaseLines(latestJournal(tiny));
}

/** What a line of a release tells of, as of any other release. */
export function momentOf(line: JournalLine | undefined): string {
  if (line === undefined) return 'nothing';
  switch (line.type) {
    case 'release':
      return `release ${line.state}`;
    case 'release-action':
      return `${line.phase} of ${line.action} ${line.kind}`;
    case 'rollout':
      return `rollout ${line.state}`;
    case 'action':
      return `${line.phase} of ${line.action}`;
    default:
      return line.type;
  }
}

function releaseLines(path: string): readonly JournalLine[] {
  return readJournalLeniently(path).lines.filter((line) => 'rollout' in line || 'release' in line);
}

/** Rollouts that began, and of whose end the history tells never or twice. */
function untoldRollouts(lines: readonly JournalLine[]): string[] {
  const begun = new Set(lines.flatMap((line) => (line.type === 'rollout' ? [line.rollout] : [])));
  const ended = lines.flatMap((line) => (line.type === 'rollout-ended' ? [line.rollout] : []));
  return [...begun].flatMap((rollout) => {
    const times = ended.filter((one) => one === rollout).length;
    return times === 1 ? [] : [`the history tells of ${times} ends of ${rollout}`];
  });
}

/** Containers that run beside those of a version, those that it lacks, rollouts without an end, and a record of a release. */
async function orphansOf(chain: ChainProject, version: string): Promise<string[]> {
  const { tiny } = chain;
  const services = chain.servicesOf(version);
  const store = storeOf(tiny);
  const stable = services.flatMap((service) => {
    const revision = store.stable(service);
    return revision === undefined ? [] : Array.from({ length: replicasOf(revision) }, () => revision.label);
  });
  const expected = ['keeper', 'cache', ChainProject.passing(version), ...services, ...stable].sort();
  const running = await tiny.running();
  return [
    ...(running.join() === expected.join() ? [] : [`running: ${running.join()}, and not ${expected.join()}`]),
    ...openEnds(store.list()),
    ...(hasRecord(tiny) ? ['the record of the release'] : []),
  ];
}

function hasRecord({ directory, project }: TinyProject): boolean {
  return existsSync(join(directory, '.rollproof', project, 'release.json'));
}
