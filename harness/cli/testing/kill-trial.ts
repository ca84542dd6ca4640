import type { RolloutState } from '../../contract/observation';
import { poll } from '../../core/poll';
import { listContainers } from '../../docker/containers';
import type { Signaller } from '../../faults/signaller';
import { latestJournal, lostOf, newRun, orphansOf, rolloutLines, storeOf, whoAnswers } from './after-a-crash';
import { DEPLOY_ABSENT } from './deploys';
import { CONFIG, type TinyProject } from './tiny-project';

/** Whose process is killed. */
export const VICTIMS = ['front', 'old replica', 'new replica'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface KillAt {
  readonly victim: Victim;
  /** As soon as the rollout is in it. */
  readonly state: RolloutState;
}

/** What one kill of a container during a rollout has cost, and left. */
export interface KillTrial extends KillAt {
  readonly outcome: string;
  readonly lost: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly orphans: readonly string[];
  readonly wrong: readonly string[];
}

/** The Engine has started it again, and the front uses it, within this time. */
const BACK_MS = 30_000;

/** Deploys under a load of 100 requests a second, and kills a container in a state of the rollout. `undefined` when it never came to that. */
export async function killTrial(
  tiny: TinyProject,
  signaller: Signaller,
  { deploy, at }: { readonly deploy: readonly string[]; readonly at: KillAt },
): Promise<KillTrial | undefined> {
  const known = new Set(tiny.runs());
  const old = storeOf(tiny).stable('web')?.label ?? '';
  await using load = await tiny.openLoad();
  const command = tiny.run(['deploy', 'web', ...deploy, ...CONFIG]);
  const isThere = () => {
    if (command.hasEnded) return 'ended';
    const path = newRun(tiny, known);
    const states = path === undefined ? [] : rolloutLines(path);
    return states.some((line) => line.type === 'rollout' && line.state === at.state) ? 'there' : undefined;
  };
  const seen = await poll(isThere, { condition: `the rollout is ${at.state}`, timeoutMs: 120_000, intervalMs: 10 });
  const candidate = storeOf(tiny).list('web').at(-1)?.label ?? '';
  const service = { front: 'web', 'old replica': old, 'new replica': candidate }[at.victim];
  const running = (await listContainers({ project: tiny.project, service })).filter(({ state }) => state === 'running');
  const [victim] = running;
  if (victim !== undefined && seen === 'there') await signaller.kill(victim.hostPid, victim.id);
  await command.exitCode();
  if (victim === undefined || seen === 'ended') return undefined;
  const end = rolloutLines(latestJournal(tiny)).findLast((line) => line.type === 'rollout-ended');
  await tiny.run(DEPLOY_ABSENT).exitCode();
  let orphans: readonly string[] = [];
  const stable = storeOf(tiny).stable('web')?.label ?? 'none';
  const isWhole = async () => ((orphans = await orphansOf(tiny, stable)).length === 0 ? true : undefined);
  await poll(isWhole, { condition: 'the stable set is whole', timeoutMs: BACK_MS }).catch(() => undefined);
  const served = await whoAnswers(tiny);
  const { reasons } = await load.stop();
  return {
    ...at,
    outcome: end?.type === 'rollout-ended' ? end.outcome : 'untold',
    lost: lostOf(reasons),
    reasons,
    orphans,
    wrong: served.join() === stable ? [] : [`${served.join()} serves, and ${stable} is stable`],
  };
}
