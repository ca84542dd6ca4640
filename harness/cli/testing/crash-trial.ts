import type { JournalLine } from '../../contract/observation';
import { wallMs } from '../../core/clock';
import { poll } from '../../core/poll';
import { listContainers } from '../../docker/containers';
import { readLedger } from '../../load/ledger';
import type { LedgerLine } from '../../load/ledger-line';
import { latestJournal, lostBeyondGaps, lostOf, orphansOf, rolloutLines, storeOf, whoAnswers } from './after-a-crash';
import { DEPLOY_ABSENT } from './deploys';
import { frontFile } from './front-file';
import { CONFIG, type TinyProject } from './tiny-project';

/** A guardian takes its owner's end for death at once, and a silence after ten seconds; then it works. */
const LEASE_MS = 20_000;

/** Gaps that a strategy which stops the old revision first may have: on the way there, and on the way back. */
const GAPS = 2;

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
  /** Of them those that no gap explains. */
  readonly lostBeyondGaps: number;
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
  if (!(await diesAt(tiny, ['deploy', 'web', ...deploy, ...CONFIG], at))) return undefined;
  const diedAtMs = wallMs();
  const journalPath = latestJournal(tiny);
  const diedAfter = describe(rolloutLines(journalPath).at(-1));
  const { isHome, homeMs } = await trafficAtHome(tiny, diedAtMs);
  if (!isHome) wrong.push(`traffic was on two revisions ${homeMs} ms after the kill`);
  const servedThen = await whoAnswers(tiny);
  wrong.push(...(await nextCommand(tiny)));
  const servedNow = await whoAnswers(tiny);
  const { reasons } = await load.stop();
  const ledger: LedgerLine[] = [];
  for await (const line of readLedger(load.ledgerPath)) ledger.push(line);
  const stable = storeOf(tiny).stable('web')?.label ?? 'none';
  if (servedThen.join() !== stable) wrong.push(`${servedThen.join()} served after the lease, and ${stable} is stable`);
  if (servedNow.join() !== stable) wrong.push(`${servedNow.join()} serves, and ${stable} is stable`);
  const lines = rolloutLines(journalPath);
  const ends = lines.filter(({ type }) => type === 'rollout-ended').length;
  const isBegun = lines.some(({ type }) => type === 'rollout');
  if (ends !== (isBegun ? 1 : 0)) wrong.push(`the history tells of ${ends} ends`);
  return {
    ...{ ...at, diedAfter, homeMs, lost: lostOf(reasons), reasons, wrong },
    lostBeyondGaps: lostBeyondGaps(ledger, GAPS),
    orphans: await orphansOf(tiny, stable),
  };
}

/** Has the next command end what a dead one left; and what was wrong with it. */
export async function nextCommand(tiny: TinyProject): Promise<readonly string[]> {
  const next = tiny.run(DEPLOY_ABSENT);
  const code = await next.exitCode();
  return code === 2 ? [] : [`the next command ended with ${code}: ${next.stderr.slice(-500)}`];
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

/** Whether a command was killed at its line; it had ended before where not. */
export async function diesAt(
  tiny: TinyProject,
  args: readonly string[],
  { line, isBefore }: CrashAt,
): Promise<boolean> {
  const died = tiny.run(args, {
    NODE_OPTIONS: tiny.commandLine.preloading('die-at'),
    DIE_AT_LINE: String(line),
    ...(isBefore ? { DIE_BEFORE: '1' } : {}),
  });
  return (await died.exitCode()) === null;
}

/** Waits until the guardian, which is all that is left of the command, has done its work and gone. */
export async function trafficAtHome(
  tiny: TinyProject,
  sinceMs: number,
  services: readonly string[] = ['web'],
): Promise<{ readonly isHome: boolean; readonly homeMs: number }> {
  const isAtHome = async (service: string) => {
    const { weights } = (await frontFile(tiny.project, service, 'front.json')) as { weights: Record<string, number> };
    return Object.values(weights).includes(100);
  };
  const guardianGone = async () => {
    const helpers = await listContainers({ project: tiny.project, role: 'guardian' });
    return helpers.some(({ state }) => state === 'running') ? undefined : true;
  };
  await poll(guardianGone, { condition: 'the guardian of the dead command has gone', timeoutMs: LEASE_MS });
  const homeMs = Math.round(wallMs() - sinceMs);
  const areHome = await Promise.all(services.map(isAtHome));
  return { isHome: areHome.every(Boolean), homeMs };
}
