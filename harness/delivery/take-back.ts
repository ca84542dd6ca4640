import type { RolloutResult } from '../contract/rollout-result';
import { newId } from '../core/ids';
import { RolloutControl } from './control';
import { journalEnd } from './end';
import { Milestones } from './milestones';
import type { DeliveryPorts } from './ports';
import { settled, type Revision } from './revisions/revision';
import { rollBack } from './rollback';
import { standing, type RunningRollout } from './rollout';
import { restored } from './strategies/restore';
import type { StrategyRecord } from './revisions/strategy-record';
import { trafficWatch } from './judge/traffic';

/**
 * Takes back a revision that was made stable already, because the release that it came with goes back: by the undos of the strategy that
 * brought it. From its record on it is a rollout that goes back, and a process that comes after a dead one ends it as such.
 */
export async function takeBack(
  { to: stable, from: before }: { readonly to: Revision; readonly from: Revision },
  ports: DeliveryPorts,
  why: { readonly strategy: StrategyRecord | undefined; readonly reason: string; readonly cause: string },
): Promise<RolloutResult> {
  const { journal, journalPath, revisions, clock } = ports;
  const { service } = stable;
  const id = newId('rollout');
  const mark = {
    id,
    ...(why.strategy === undefined ? {} : { strategy: why.strategy }),
    ...(journalPath === undefined ? {} : { journalPath }),
  };
  const [from, to] = [settled(before, 'stable'), { ...stable, status: 'candidate' as const, rollout: mark }];
  revisions.put(from, to);
  const { strategy } = restored(why.strategy, 'taken back');
  const traffic = trafficWatch({ from: from.label, to: to.label, settings: strategy.settings });
  const startedAtMs = clock.now();
  const asked = { control: new RolloutControl(), milestones: new Milestones() };
  const begin = { ...standing(startedAtMs, strategy.settings.progressDeadlineMs), weight: 100, fromUsable: false };
  const rollout: RunningRollout = { id, service, strategy, from, to, ports, journal, traffic, ...asked, ...begin };
  const watching = new AbortController();
  try {
    await ports.watch(service, traffic.onSample, watching.signal);
    const committing = strategy.steps.findIndex(({ nature }) => nature === 'commits');
    const undoable = committing < 0 ? strategy.steps : strategy.steps.slice(0, committing);
    const back = await rollBack(rollout, undoable, why.reason);
    const result: RolloutResult = {
      ...{ rollout: id, service, strategy: strategy.name, from: from.label, to: to.label, startedAtMs },
      ...back,
      cause: why.cause,
      endedAtMs: clock.now(),
      ...{ weightsReached: [100], judgements: 0, samples: traffic.totals() },
    };
    journalEnd(result, { ...ports, isStuck: rollout.isStuck });
    return result;
  } finally {
    watching.abort();
  }
}
