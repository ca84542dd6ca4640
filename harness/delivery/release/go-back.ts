import type { ErrorCode } from '../../core/error-codes';
import type { ReleaseResult } from '../../contract/release-result';
import { undoText } from '../../contract/release-words';
import { errorMessage } from '../../core/errors';
import type { Rollout } from '../handle';
import { takeBack } from '../take-back';
import type { ReleaseStep } from '../../contract/release-result';
import type { Underway } from './underway';

/** How long a rollout may take until it has given everything back, ms: a stopped revision has to start for it. */
const TRAFFIC_BACK_MS = 180_000;

/** Why a whole release goes back. */
export interface WayBack {
  readonly reason: string;
  readonly cause: string;
}

/**
 * Undoes what was begun, the last step first; but before everything else all traffic goes back, service by service: users are the first to
 * see N alone. Idempotent. What cannot be undone is told.
 */
export async function goBack(
  release: Underway,
  rollouts: ReadonlyMap<string, Rollout>,
  { reason, cause }: WayBack,
): Promise<ReleaseResult> {
  const { ports } = release;
  release.note({ phase: 'back', reason, cause });
  release.enter('GoingBack', reason);
  const steps = release.begunBackwards;
  const failures: string[] = [];
  const attempt = async (step: ReleaseStep, undo: () => Promise<void>) => {
    try {
      await release.perform('undo', step, undo);
      release.report(step, 'undone');
    } catch (error) {
      failures.push(`${step.service} could not go back: ${errorMessage(error)}`);
      release.report(step, 'failed', errorMessage(error));
    }
  };
  const rolledOut = steps.filter(({ kind }) => kind === 'roll-out');
  for (const { service } of rolledOut) await giveTrafficBack(rollouts.get(service), reason);
  for (const step of rolledOut) await attempt(step, () => undoRollout(release, rollouts.get(step.service), step));
  const backAtMs = ports.delivery.clock.now();
  for (const step of steps) {
    const { kind, service } = step;
    if (kind === 'run') release.report(step, 'kept', undoText(step));
    if (kind === 'start') await attempt(step, () => ports.remove(service));
    if (kind === 'replace') await attempt(step, () => ports.putBack(service));
  }
  if (failures.length > 0) {
    const said = [reason, ...failures].join('; ');
    release.enter('Stuck', said);
    return release.end('stuck', { reason: said, cause, isLeft: true });
  }
  await ports.settle('from');
  release.enter('WentBack', reason);
  return release.end('went-back', { reason, cause, backAtMs, isLeft: false });
}

/** Has a rollout that has not ended switch back, and waits for no more than that. */
async function giveTrafficBack(rollout: Rollout | undefined, reason: string): Promise<void> {
  if (rollout === undefined || rollout.endedAtMs !== undefined) return;
  const ended = rollout.abort(`the release goes back: ${reason}`).catch(() => undefined);
  const isBack = rollout.reached({ state: 'RollingBack' }, { timeoutMs: TRAFFIC_BACK_MS }).catch(() => undefined);
  await Promise.race([isBack, ended]);
}

/** It ends by itself; one that was made stable is taken back. */
async function undoRollout(release: Underway, rollout: Rollout | undefined, { service }: ReleaseStep): Promise<void> {
  const { delivery } = release.ports;
  const ended = await rollout?.ended();
  if (ended?.outcome === 'rollback-paused') throw new Error(ended.reason ?? 'its rollback is paused');
  const before = release.record.before[service];
  const stable = delivery.revisions.stable(service);
  const from = delivery.revisions.list(service).find(({ label }) => label === before);
  if (stable === undefined || from === undefined || stable.label === before) return;
  const { reason = '', strategies } = release.record;
  const { outcome, reason: why } = await takeBack({ from, to: stable }, delivery, {
    strategy: strategies[service],
    reason: `the release goes back: ${reason}`,
    cause: 'aborted' satisfies ErrorCode,
  });
  if (outcome === 'rollback-paused') throw new Error(why ?? 'its rollback is paused');
}
