import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JournalLine } from '../../contract/observation';
import { wallMs } from '../../core/clock';
import { poll } from '../../core/poll';
import { listContainers } from '../../docker/containers';
import { latestJournal, lostOf, orphansOf, rolloutLines, storeOf, whoAnswers } from './after-a-crash';
import { DEPLOY_ABSENT } from './deploys';
import { frontFile } from './front-file';
import { CONFIG, type TinyProject } from './tiny-project';

const PRELOADED = [
  '--import',
  pathToFileURL(require.resolve('tsx')).href,
  '--import',
  pathToFileURL(join(__dirname, 'die-at.ts')).href,
];

/** A guardian takes its owner's end for death at once, and a silence after ten seconds; then it works. */
const LEASE_MS = 20_000;

/** Where a controller is killed: at the n-th line of its rollout's journal, before or after that is written. */
export interface CrashAt {
  readonly line: number;
  readonly isBefore: boolean;
}

/** What one kill has cost, and left. */
export interface CrashTrial extends CrashAt {
  /** The last line of the rollout that stands in the journal. */
  readonly diedAfter: string;
  /** Until the front gave all traffic to one revision, ms. */
  readonly homeMs: number;
  /** Requests that nobody answered; what the new revision answered by itself is no loss. */
  readonly lost: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** What runs, or is remembered, and should not be. */
  readonly orphans: readonly string[];
  /** What else was not as it had to be. */
  readonly wrong: readonly string[];
}

/**
 * Deploys under a load of 100 requests a second, kills the command at its line, waits for the guardian and has the next command end what is left.
 * `undefined` when the rollout had ended before.
 */
export async function crashTrial(
  tiny: TinyProject,
  deploy: readonly string[],
  at: CrashAt,
): Promise<CrashTrial | undefined> {
  const wrong: string[] = [];
  await using load = await tiny.openLoad();
  const died = tiny.run(['deploy', 'web', ...deploy, ...CONFIG], {
    NODE_OPTIONS: PRELOADED.join(' '),
    DIE_AT_LINE: String(at.line),
    ...(at.isBefore ? { DIE_BEFORE: '1' } : {}),
  });
  if ((await died.exitCode()) !== null) return undefined;
  const diedAtMs = wallMs();
  const journalPath = latestJournal(tiny);
  const diedAfter = describe(rolloutLines(journalPath).at(-1));
  const { isHome, homeMs } = await trafficAtHome(tiny, diedAtMs);
  if (!isHome) wrong.push(`traffic was on two revisions ${homeMs} ms after the kill`);
  const servedThen = await whoAnswers(tiny);
  const next = tiny.run(DEPLOY_ABSENT);
  const code = await next.exitCode();
  if (code !== 2) wrong.push(`the next command ended with ${code}: ${next.stderr.slice(-500)}`);
  const servedNow = await whoAnswers(tiny);
  const { reasons } = await load.stop();
  const stable = storeOf(tiny).stable('web')?.label ?? 'none';
  if (servedThen.join() !== stable) wrong.push(`${servedThen.join()} served after the lease, and ${stable} is stable`);
  if (servedNow.join() !== stable) wrong.push(`${servedNow.join()} serves, and ${stable} is stable`);
  const lines = rolloutLines(journalPath);
  const ends = lines.filter(({ type }) => type === 'rollout-ended').length;
  const isBegun = lines.some(({ type }) => type === 'rollout');
  if (ends !== (isBegun ? 1 : 0)) wrong.push(`the history tells of ${ends} ends`);
  return { ...at, diedAfter, homeMs, lost: lostOf(reasons), reasons, orphans: await orphansOf(tiny, stable), wrong };
}

/** The lines of the rollout in the journal of an undisturbed deployment. */
export async function countLines(tiny: TinyProject, deploy: readonly string[]): Promise<number> {
  await using _load = await tiny.openLoad();
  await tiny.run(['deploy', 'web', ...deploy, ...CONFIG]).exitCode();
  return tiny.journal().filter((line) => 'rollout' in line).length;
}

function describe(line: JournalLine | undefined): string {
  if (line === undefined) return 'nothing';
  if (line.type === 'rollout') return `${line.state} at ${line.weight} %`;
  return line.type === 'action' ? `${line.phase} of ${line.action}` : line.type;
}

/** Waits until the guardian, which is all that is left of the command, has done its work and gone. */
async function trafficAtHome(tiny: TinyProject, sinceMs: number): Promise<{ isHome: boolean; homeMs: number }> {
  const look = async () => {
    const { weights } = (await frontFile(tiny.project, 'web', 'front.json')) as { weights: Record<string, number> };
    return Object.values(weights).includes(100) ? true : undefined;
  };
  const guardianGone = async () => {
    const helpers = await listContainers({ project: tiny.project, role: 'guardian' });
    return helpers.some(({ state }) => state === 'running') ? undefined : true;
  };
  await poll(guardianGone, { condition: 'the guardian of the dead command has gone', timeoutMs: LEASE_MS });
  const isHome = (await look()) === true;
  return { isHome, homeMs: Math.round(wallMs() - sinceMs) };
}
