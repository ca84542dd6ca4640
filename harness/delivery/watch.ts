import { HarnessError } from '../core/errors';
import { absencesText, totalMs, withAbsence } from './guards/absences';
import { condemned, exitFacts, exitsText } from './guards/exits';
import type { RunningRollout } from './rollout';
import { TICK_MS } from './until';

/** How often the front is asked about the health of both revisions, ms. */
const HEALTH_EVERY_MS = 500;

/** Questions to the front that may fail in a row, as while it restarts. */
const CONSECUTIVE_ERROR_LIMIT = 4;

/**
 * How long the new revision may be unusable, while the old one is usable, before it is given up, ms. A restart of its container takes less.
 * What makes both unusable at once is a dependency or the machine: going back would help nobody.
 */
const DEAD_LIMIT_MS = 3_000;

/** The same for all such times of the last minute together: one that comes and goes is as bad, and each time is short enough for itself. */
const FLAPPING_LIMIT_MS = 6_000;

/**
 * Stays where the rollout is until `isDone` says so, or somebody promotes; while the rollout is paused it goes on looking and does not end.
 * Time that was asked for (a pause; all of it with `isAskedFor`) does not count against the rollout's deadline, nor as `spentMs`, which
 * `isDone` is told of the watch so far. With `isForAll` other rollouts are waited for, and nobody promotes past that.
 * @throws HarnessError `release-dead`, `deadline-passed`, what `isDone` throws; the reason of an abort
 */
export async function watch(
  rollout: RunningRollout,
  isDone: (nowMs: number, spentMs: number) => Promise<boolean>,
  { isAskedFor = false, isForAll = false } = {},
): Promise<void> {
  const { control, ports } = rollout;
  const health = healthWatch(rollout);
  let lastMs = ports.clock.now();
  let spentMs = 0;
  for (;;) {
    control.signal.throwIfAborted();
    const nowMs = ports.clock.now();
    if (isAskedFor || control.isPaused) rollout.deadlineAtMs += nowMs - lastMs;
    else spentMs += nowMs - lastMs;
    lastMs = nowMs;
    checkDeadline(rollout);
    checkExits(rollout);
    if (control.isPromoted && !isForAll) return;
    const isUnknown = isAlertUnknown(rollout, nowMs);
    const isOver = (await isDone(nowMs, spentMs)) && !isUnknown;
    if (isOver && !control.isPaused) return;
    if (rollout.weight > 0 || rollout.wasReady) await health(nowMs);
    await ports.clock.sleep(TICK_MS, control.signal);
  }
}

/** Whether nobody can say if an alert that would end the rollout fires. */
function isAlertUnknown(rollout: RunningRollout, nowMs: number): boolean {
  const reason = rollout.alerts?.look({ nowMs, isPaused: rollout.control.isPaused });
  return reason !== undefined;
}

/** @throws HarnessError `deadline-passed` */
export function checkDeadline({ ports, deadlineAtMs, weight }: RunningRollout): void {
  if (ports.clock.now() < deadlineAtMs) return;
  throw new HarnessError('deadline-passed', {
    message: `the rollout did not end by its deadline, at weight ${weight} %`,
  });
}

/** @throws HarnessError `release-dead` */
export function checkExits(rollout: RunningRollout): void {
  const reason = condemned(rollout);
  if (reason === undefined) return;
  const { to, weight } = rollout;
  throw new HarnessError('release-dead', {
    message: `${reason} (at weight ${weight} %)`,
    facts: { revision: to.label, ...exitFacts(rollout) },
  });
}

function healthWatch(rollout: RunningRollout): (nowMs: number) => Promise<void> {
  let askedAtMs = -Infinity;
  let isDead = false;
  let failures = 0;
  const ask = async (): Promise<boolean | undefined> => {
    try {
      rollout.fromUsable = await rollout.ports.usable(rollout.from);
      const usable = await rollout.ports.usable(rollout.to);
      failures = 0;
      return usable;
    } catch (error) {
      failures += 1;
      if (failures > CONSECUTIVE_ERROR_LIMIT) throw error;
      return undefined;
    }
  };
  return async (nowMs) => {
    if (nowMs - askedAtMs < HEALTH_EVERY_MS) return;
    askedAtMs = nowMs;
    const usable = await ask();
    if (usable === undefined) return;
    const isForBoth = !rollout.fromUsable && !rollout.isFromStopped;
    const wasDead = isDead;
    isDead = !usable && !isForBoth;
    if (!isDead) return;
    rollout.absences = withAbsence(rollout.absences, nowMs, !wasDead);
    const nowDeadMs = totalMs(rollout.absences.slice(-1));
    if (nowDeadMs >= DEAD_LIMIT_MS) {
      const limit = `at weight ${rollout.weight} % (limit ${DEAD_LIMIT_MS} ms)`;
      throw dead(rollout, nowDeadMs, `was not usable for ${Math.round(nowDeadMs)} ms ${limit}`);
    }
    const allMs = totalMs(rollout.absences);
    if (allMs < FLAPPING_LIMIT_MS) return;
    throw dead(rollout, allMs, `${absencesText(rollout.absences)} (limit ${FLAPPING_LIMIT_MS} ms)`);
  };
}

function dead(rollout: RunningRollout, deadMs: number, said: string): HarnessError {
  const { to, exits } = rollout;
  const message = [`${to.label} ${said}`, exitsText(to, exits.of(to))].filter((text) => text !== undefined).join('; ');
  return new HarnessError('release-dead', {
    message,
    facts: { revision: to.label, deadMs, ...exitFacts(rollout) },
  });
}
