import { analyze } from './judge/analysis';
import { baselineOf } from './judge/listening';
import { withLine, type ReplicasLine } from './revisions/replica-facts';
import { replicasOf, type Revision } from './revisions/revision';
import type { Bounds } from './rolling-bounds';
import { applyWeight, enter, perform, type RunningRollout } from './rollout';
import { probeSkew } from './skew/skew-probe';
import { awaitReady } from './steps/ready';
import { startReplicas } from './steps/start';
import { drainMsOf, noteKilled } from './take-out';
import { until } from './until';
import { checkDeadline } from './watch';

/** How long a replica that was ready may be missing before the exchange gives up, ms: a check that a busy machine failed takes less. */
const MISSING_LIMIT_MS = 5_000;

type Counts = Pick<ReplicasLine, 'from' | 'to'>;

/**
 * Exchanges the replicas of stable for those of the new revision, within the bounds: as many new ones as may run beside the others, which
 * have to get ready and, with `isJudged`, are then judged by their share of the traffic; then as many old ones go as may be missing; and again. The
 * weights follow the ready replicas. Ends with all of the new ones ready, and with those of stable that may be kept warm.
 * @throws HarnessError what a start, the readiness and the judge throw
 */
export async function exchange(
  rollout: RunningRollout,
  bounds: Bounds,
  { isJudged }: { readonly isJudged: boolean },
): Promise<void> {
  const { from, to } = rollout;
  const wanted = replicasOf(to);
  await note(rollout, bounds, 'begin');
  for (;;) {
    checkDeadline(rollout);
    rollout.control.signal.throwIfAborted();
    const now = await countsOf(rollout);
    const room = bounds.total - runningIn(now);
    if (now.to.running < wanted && room > 0) {
      rollout.asked = Math.min(wanted, now.to.running + room);
      await growNew(rollout, bounds, isJudged);
      continue;
    }
    const surplus = now.from.running - bounds.warm;
    if (surplus <= 0) return;
    const gone = Math.min(surplus, await spareOf(rollout, bounds, 'from'));
    await shrink(rollout, bounds, { side: 'from', revision: from, keep: now.from.running - gone });
  }
}

/** Exchanges them back, within the same bounds: those of the new revision go first, as far as they may. */
export async function exchangeBack(rollout: RunningRollout, bounds: Bounds): Promise<void> {
  const { ports, from, to, strategy } = rollout;
  const { readyTimeoutMs: timeoutMs } = strategy.settings;
  const wanted = replicasOf(from);
  for (;;) {
    const now = await countsOf(rollout);
    const gone = Math.min(now.to.running, spareIn(now, bounds, 'to'));
    if (gone > 0) {
      await shrink(rollout, bounds, { side: 'to', revision: to, keep: now.to.running - gone });
      continue;
    }
    const room = bounds.total - runningIn(now);
    const replicas = Math.min(wanted, now.from.running + Math.max(0, room));
    if (replicas > now.from.running) {
      const detail = { revision: from.label, replicas };
      await perform(rollout, 'revive', detail, () => ports.revive(from, { timeoutMs, replicas }));
      await note(rollout, bounds, 'started');
      // The front checks only what was admitted.
      await ports.admit(from);
      const condition = `${replicas} replicas of ${from.label} are ready`;
      await until(ports.clock, { condition, timeoutMs }, async () => (await ports.readyReplicas(from)) >= replicas);
      await note(rollout, bounds, 'ready');
      await follow(rollout, await countsOf(rollout));
      continue;
    }
    if (now.to.running === 0) return;
    await spareOf(rollout, bounds, 'to');
  }
}

async function growNew(rollout: RunningRollout, bounds: Bounds, isJudged: boolean): Promise<void> {
  const { ports, to, from, traffic, strategy } = rollout;
  await startReplicas(rollout);
  await note(rollout, bounds, 'started');
  await ports.admit(to);
  await awaitReady(rollout);
  // The first of them, before they have a user.
  if (rollout.weight === 0) await probeSkew(rollout);
  const now = await note(rollout, bounds, 'ready');
  await follow(rollout, now);
  if (now.from.ready === 0 || rollout.weight === 0) return;
  if (isJudged) {
    enter(rollout, 'Analyzing', {
      deadlineAtMs: rollout.deadlineAtMs,
      reason: `${now.to.ready} replicas of ${to.label} beside ${now.from.ready} of ${from.label}`,
    });
    traffic.measureStable();
    await analyze(rollout, strategy.settings.minStepMs);
  }
  rollout.baseline = await baselineOf(rollout);
}

/** Weights first: what leaves finishes what it has. */
async function shrink(
  rollout: RunningRollout,
  bounds: Bounds,
  { side, revision, keep }: { readonly side: 'from' | 'to'; readonly revision: Revision; readonly keep: number },
): Promise<void> {
  const { ports, strategy, problems, traffic } = rollout;
  const now = await note(rollout, bounds, 'stopping');
  const after = { ...now, [side]: { running: keep, ready: Math.min(keep, now[side].ready) } };
  await follow(rollout, after);
  const isNobodyLeft = after.from.ready + after.to.ready === 0;
  if (isNobodyLeft) traffic.outageBegins(ports.clock.now());
  const drainMs = drainMsOf(revision);
  await perform(rollout, 'thin', { revision: revision.label, keep }, async () => {
    const graceMs = strategy.settings.stopGraceMs;
    const { isDrained, killed } = await ports.thin(revision, { keep, drainMs, graceMs });
    if (!isDrained) problems.push(`requests on replicas of ${revision.label} were still under way after ${drainMs} ms`);
    noteKilled(rollout, killed);
  });
  if (isNobodyLeft) traffic.nobodyServes(ports.clock.now());
  if (side === 'from' && keep === 0) rollout.isFromStopped = true;
  await note(rollout, bounds, 'stopped');
}

/** How many replicas of a side may be stopped now, at least one: waits a little for it, since a check may have failed. */
async function spareOf(rollout: RunningRollout, bounds: Bounds, side: 'from' | 'to'): Promise<number> {
  let now = await countsOf(rollout);
  const condition = `more than ${bounds.ready} replicas are ready, of which one can be stopped`;
  const seen = () => `${now.from.ready} of ${rollout.from.label} and ${now.to.ready} of ${rollout.to.label} are`;
  const wait = { condition, code: 'release-not-ready', timeoutMs: MISSING_LIMIT_MS, seen } as const;
  await until(rollout.ports.clock, wait, async () => {
    now = await countsOf(rollout);
    return spareIn(now, bounds, side) > 0;
  });
  return spareIn(now, bounds, side);
}

/** Those that are not ready are nobody's loss, and go first. */
function spareIn(now: Counts, bounds: Bounds, side: 'from' | 'to'): number {
  const unready = Math.max(0, now[side].running - now[side].ready);
  return unready + Math.min(now[side].ready, Math.max(0, now.from.ready + now.to.ready - bounds.ready));
}

/** Gives each revision the share of the traffic that it has of the ready replicas. On the way back the new one never gets more than it has. */
async function follow(rollout: RunningRollout, { from, to }: Counts): Promise<void> {
  const all = from.ready + to.ready;
  if (all === 0) return;
  const share = Math.round((100 * to.ready) / all);
  const between = Math.min(from.ready === 0 ? 100 : 99, Math.max(to.ready === 0 ? 0 : 1, share));
  const percent = rollout.isGoingBack ? Math.min(rollout.weight, between) : between;
  await moveTo(rollout, percent);
}

/** Moves traffic on the way forward, with its line in the journal; on the way back, that waits for no disk. */
export async function moveTo(rollout: RunningRollout, percent: number): Promise<void> {
  if (percent === rollout.weight) return;
  if (rollout.isGoingBack) {
    await applyWeight(rollout, percent);
    return;
  }
  enter(rollout, 'Shifting', { deadlineAtMs: rollout.deadlineAtMs, reason: `to ${percent} %` });
  await applyWeight(rollout, percent);
  rollout.weightsReached.push(percent);
  rollout.milestones.passWeight(percent);
}

/** Counts the replicas, and journals it. Never waited for until it is on the disk. */
async function note(rollout: RunningRollout, bounds: Bounds, moment: ReplicasLine['moment']): Promise<Counts> {
  const now = await countsOf(rollout);
  const promise = { promised: bounds.ready, limit: bounds.total };
  const line = { type: 'replicas', rollout: rollout.id, moment, ...now, ...promise } as const;
  rollout.journal.append(line);
  rollout.replicas = withLine(rollout.replicas, line);
  return now;
}

async function countsOf({ ports, from, to }: RunningRollout): Promise<Counts> {
  const of = async (revision: Revision) => ({
    running: await ports.runningReplicas(revision),
    ready: await ports.readyReplicas(revision),
  });
  return { from: await of(from), to: await of(to) };
}

function runningIn({ from, to }: Counts): number {
  return from.running + to.running;
}
