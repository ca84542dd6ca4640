import type { RolloutState, SwitchFacts } from '../contract/observation';
import type { ReplicaFacts } from '../contract/rollout-result';
import type { Journal } from '../contract/journal';
import type { AlertGuard } from './guards/alert-guard';
import { errorMessage, hasCode } from '../core/errors';
import type { RolloutControl } from './control';
import type { Gate } from './gate';
import type { Milestones } from './milestones';
import type { Baseline } from './judge/phase';
import { Exits } from './guards/exits';
import type { Absence } from './guards/absences';
import type { OwnMetrics } from './guards/own-metrics';
import type { DeliveryPorts, LeaseTerms } from './ports';
import { replicasOf, type Revision } from './revisions/revision';
import { takesTurns, type Strategy } from './strategies/strategy';
import type { TrafficWatch } from './judge/traffic';

/**
 * A rollout under way, as its steps see it: who, and where it stands. Everything that must survive the process is in the journal and in
 * the store.
 */
export interface RunningRollout {
  readonly id: string;
  readonly service: string;
  readonly strategy: Strategy;
  readonly from: Revision;
  readonly to: Revision;
  readonly ports: DeliveryPorts;
  readonly journal: Journal;
  readonly traffic: TrafficWatch;
  readonly control: RolloutControl;
  readonly milestones: Milestones;
  /** Of the alerts that end it, where some were named. */
  readonly alerts?: AlertGuard;
  /** Of a rollout that is part of a whole release. */
  readonly gate?: Gate;
  /** Containers of both revisions that ended by themselves meanwhile. */
  readonly exits: Exits;
  /** The user's own, where some were named. */
  readonly metrics?: OwnMetrics;
  readonly startedAtMs: number;
  /** The rollout must have ended then, wall ms. Moves on while it is paused or held. */
  deadlineAtMs: number;
  /** Percent of the traffic on `to`. */
  weight: number;
  /** Whether all of `to` has been ready: from then on its health is watched, with traffic or without. */
  wasReady: boolean;
  /** When the front saw none of `to` usable though `from` was, in order, the latest minute of it. */
  absences: readonly Absence[];
  readonly weightsReached: number[];
  judgements: number;
  /** The one replica of the new revision that failed while the others did not, and was replaced. */
  replaced?: string;
  /** The judge was satisfied at some weight. */
  isOnceJudged: boolean;
  /** Whether the front saw `from` usable when it was last asked. */
  fromUsable: boolean;
  /** Nothing of `from` runs, as the strategy wants it: there is nothing to compare with, and nobody to fall back on at once. */
  isFromStopped: boolean;
  /** It is being undone. */
  isGoingBack: boolean;
  /** Why it is. */
  goesBackBecause?: string;
  /** Replicas of `from` are stopped one by one: it is back only once all of them are. */
  isThinned: boolean;
  /** How many replicas of `to` there are to be now; all, where it says nothing. */
  asked?: number;
  /** Stages that a step is judged in, beyond its one. */
  moreJudged: number;
  /** What was promised of the replicas, and what there was. */
  replicas?: ReplicaFacts;
  /** What stable did before it lost its last traffic. */
  baseline?: Baseline;
  /** Of the sequences of `skew`: those that stable by itself answered rightly before anything of the release began. */
  rightBefore?: ReadonlySet<string>;
  /** When `to` was held at a weight without being judged, wall ms. */
  held?: { readonly fromMs: number; readonly toMs: number };
  /** Of the routing that gave all traffic back to `from`, once it has. */
  switchEpoch?: number;
  /** It could not be brought to its end: its mark stays, and the next command tries once more. */
  isStuck: boolean;
  /** What went wrong without harm to traffic. */
  readonly problems: string[];
}

/** What a rollout begins with. */
export function standing(
  startedAtMs: number,
  deadlineMs: number,
): Omit<
  RunningRollout,
  'id' | 'service' | 'strategy' | 'from' | 'to' | 'ports' | 'journal' | 'traffic' | 'control' | 'milestones'
> {
  const begin = {
    weight: 0,
    weightsReached: [],
    judgements: 0,
    moreJudged: 0,
    isGoingBack: false,
    isOnceJudged: false,
    isStuck: false,
    problems: [],
    exits: new Exits(),
    absences: [],
  };
  const from = { fromUsable: true, isFromStopped: false, isThinned: false };
  return { ...begin, ...from, wasReady: false, startedAtMs, deadlineAtMs: startedAtMs + deadlineMs };
}

/** Journals a state, on the disk before it returns. */
export function enter(rollout: RunningRollout, state: RolloutState, more: StateDetail = {}): void {
  write(rollout, () => rollout.journal.append(stateLine(rollout, state, more), { durable: true }));
  rollout.milestones.passState(state);
}

/**
 * Writes down what must be on the disk. On the way back nothing depends on a disk: that it is full is told, and the next command does what
 * could not be written.
 */
export function write(rollout: RunningRollout, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!rollout.isGoingBack || !hasCode(error, 'disk-full')) throw error;
    if (!rollout.isStuck) rollout.problems.push(`${errorMessage(error)}; the next command writes it down`);
    rollout.isStuck = true;
  }
}

/**
 * Journals a state without waiting for the disk, and without failing: the switch back to stable must not wait for, nor depend on, a disk.
 * The line survives the death of this process all the same; only a power cut could lose it, and recovery does not need it.
 */
export function enterUrgently(rollout: RunningRollout, state: RolloutState, reason: string): void {
  try {
    rollout.journal.append(stateLine(rollout, state, { reason }));
  } catch {
    // The next durable line fails in the same way, after traffic is safe.
  }
  rollout.milestones.passState(state);
}

type StateDetail = { reason?: string; deadlineAtMs?: number } & Partial<SwitchFacts>;

function stateLine(rollout: RunningRollout, state: RolloutState, more: StateDetail) {
  return {
    type: 'rollout' as const,
    rollout: rollout.id,
    service: rollout.service,
    strategy: rollout.strategy.name,
    state,
    from: rollout.from.label,
    to: rollout.to.label,
    weight: rollout.weight,
    ...more,
  };
}

/** Does `action` between its intent, which is on the disk first, and its result. */
export async function perform(
  rollout: RunningRollout,
  action: string,
  detail: Record<string, unknown>,
  run: () => Promise<unknown>,
): Promise<void> {
  const { ports, journal, id } = rollout;
  const intent = { type: 'action', rollout: id, phase: 'intent', action, detail } as const;
  write(rollout, () => journal.append(intent, { durable: true }));
  const startedMs = ports.clock.now();
  await run();
  const tookMs = ports.clock.now() - startedMs;
  journal.append({ type: 'action', rollout: id, phase: 'result', action, detail: { ...detail, tookMs } });
}

/** Puts `weight` percent of the traffic on the new revision: the bare command, without a line in the journal. Returns the routing's epoch. */
export async function applyWeight(rollout: RunningRollout, weight: number): Promise<number> {
  const { ports, service, to } = rollout;
  const weights = to.slot === 'blue' ? { blue: weight, green: 100 - weight } : { blue: 100 - weight, green: weight };
  const epoch = await ports.setWeights(service, weights, leaseTerms(rollout));
  rollout.weight = weight;
  return epoch;
}

/** How stable is to come back if this process dies. */
export function leaseTerms({ strategy, from, isThinned }: RunningRollout): LeaseTerms {
  if (takesTurns(strategy)) return { takesTurns: true };
  return isThinned ? { replicas: replicasOf(from) } : {};
}
