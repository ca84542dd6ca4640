import { SLOTS, otherSlot, type FrontState, type Slot } from '../../front/config.ts';
import { GIVEN_BACK_FILE, admitted, inItsEpoch, withSlot, type GivenBack } from '../../front/state.ts';
import type { EngineApi } from './engine-api.ts';
import { changeFront, type Decision } from './follow.ts';
import type { FrontReading } from './front-hand.ts';
import { messageOf } from './lines.ts';
import { listProject, replicasOf } from './project-view.ts';
import type { ShareUndo } from './protocol.ts';

/**
 * For as long, the share is not given up: an Engine that restarts, a front that comes back, and a stable revision that was started and boots
 * slowly have this time together.
 */
const GIVE_BACK_TIMEOUT_MS = 300_000;
const LOOK_AGAIN_MS = 500;

/** How long the replicas of a stable revision that lacks some are waited for: as long as a rollout waits for a replica. */
const REPLICAS_TIMEOUT_MS = 60_000;

/** What a share's end needs. */
export interface GiveBackContext {
  readonly engine: EngineApi;
  readonly project: string;
  readonly log: (message: string) => void;
  /** Default: five minutes. */
  readonly timeoutMs?: number;
}

/**
 * Gives all traffic back to the revision that is stable: its capacity first, then the weights, in HAProxy and in the files that a front
 * starts from. Tries until that stands. Returns whether it does; `false` once the time is over: the candidate serves, and the next command
 * decides.
 */
export async function giveBack(undo: ShareUndo, context: GiveBackContext): Promise<boolean> {
  const { log, timeoutMs = GIVE_BACK_TIMEOUT_MS } = context;
  const startedAtMs = performance.now();
  const giveUpAtMs = startedAtMs + timeoutMs;
  for (let told = ''; ;) {
    const { isSettled, said } = await attempt(
      undo,
      context,
      performance.now() - startedAtMs > REPLICAS_TIMEOUT_MS,
    ).catch((error: unknown) => ({
      isSettled: false,
      said: messageOf(error),
    }));
    if (isSettled) {
      log(`undid ${undo.id}: ${said}`);
      return true;
    }
    if (said !== told) log(`failed: ${undo.id}: ${said}`);
    told = said;
    if (performance.now() > giveUpAtMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** One try; what does not run of the stable revision is started for the next one. */
async function attempt(
  undo: ShareUndo,
  context: GiveBackContext,
  isLate: boolean,
): Promise<{ readonly isSettled: boolean; readonly said: string }> {
  const { engine, project } = context;
  const takesTurns = undo.takesTurns === true;
  let next: Next | undefined;
  const stands = await changeFront(engine, { project, service: undo.service }, (reading, followed) => {
    next = takesTurns ? decideTurn(undo, reading, followed) : decide(undo, reading, followed, isLate);
    return next.decision;
  });
  const said = next?.said ?? 'its front is not there';
  if (next === undefined) return { isSettled: false, said };
  const isFree = !takesTurns || (stands && (await stopCandidate(undo, context)));
  if (stands && isFree && !next.isWaiting) return { isSettled: true, said };
  if (isFree && next.isWaiting) await startStable(undo, context);
  return { isSettled: false, said };
}

interface Next {
  readonly decision: Decision;
  readonly isWaiting: boolean;
  readonly said: string;
}

/** Pure: what the front's state asks for. `isLate`: stable's replicas have had their time, and one is enough. */
export function decide(
  { stable, candidate, replicas }: ShareUndo,
  { state, status }: Pick<FrontReading, 'state' | 'status'>,
  followed: FrontState,
  isLate = false,
): Next {
  const [from, to] = [slotOf(state, candidate), slotOf(state, stable)];
  const nothing = (said: string): Next => ({ decision: undefined, isWaiting: false, said });
  if (to === undefined || (from === undefined && replicas === undefined)) {
    return nothing('the slots hold other revisions: nothing to give back');
  }
  const weight = from === undefined ? 0 : state.weights[from];
  const { servers } = followed.slots[to];
  const usable = status[to].filter(({ up, address }) => up && servers.includes(address)).length;
  const isWhole = usable >= (isLate ? 1 : (replicas ?? 1));
  if (weight === 0 && (replicas === undefined || isWhole)) return nothing(`${candidate} has no share any more`);
  // A stable revision is taken out of its front for one reason: the candidate has become stable in its place.
  const isPromoted = state.weights[to] === 0 && state.slots[to].mode !== 'ready';
  if (isPromoted) return nothing(`${stable} is retired: ${candidate} has become stable`);
  if (!isWhole) {
    const next = admitted(followed, to);
    const decision = next === state ? undefined : { wanted: inItsEpoch(state, next) };
    const lack = usable === 0 ? 'is not usable' : `has ${usable} of ${replicas} replicas usable`;
    return { decision, isWaiting: true, said: `${stable} ${lack}: ${candidate} keeps its share` };
  }
  const weights = { [to]: 100, [otherSlot(to)]: 0 } as Record<Slot, number>;
  const wanted = inItsEpoch(state, { ...admitted(followed, to), weights });
  const given: GivenBack = { stable, candidate, weight, epoch: wanted.epoch, atMs: Date.now() };
  return {
    decision: { wanted, files: { [GIVEN_BACK_FILE]: JSON.stringify(given) } },
    isWaiting: false,
    said: `${stable} has everything, ${candidate} had ${given.weight} %`,
  };
}

/**
 * Pure: the same where the candidate must not run beside stable. It gets no more requests, whatever its share is, and stable is admitted: that
 * it was taken out of the front says nothing, it made room. Nobody is served until it is up.
 */
export function decideTurn(
  { stable, candidate }: ShareUndo,
  { state, status }: Pick<FrontReading, 'state' | 'status'>,
  followed: FrontState,
): Next {
  const to = slotOf(state, stable);
  if (to === undefined) return { decision: undefined, isWaiting: false, said: `its front knows of no ${stable}` };
  const other = otherSlot(to);
  const isCandidate = state.slots[other].label === candidate;
  const weight = isCandidate ? state.weights[other] : 0;
  const content = followed.slots[other];
  const out =
    isCandidate && content.mode !== 'maint' ? withSlot(followed, other, { ...content, mode: 'maint' }) : followed;
  const next = admitted(out, to);
  const isWaiting = !status[to].some(({ up, address }) => up && followed.slots[to].servers.includes(address));
  const said = isWaiting ? `${stable} does not serve yet` : `${stable} has everything, ${candidate} had ${weight} %`;
  if (next === state && state.weights[to] === 100) return { decision: undefined, isWaiting, said };
  const weights = { [to]: 100, [other]: 0 } as Record<Slot, number>;
  const wanted = inItsEpoch(state, { ...next, weights });
  // Once it was written, what is written later only follows addresses.
  if (wanted.epoch === state.epoch) return { decision: { wanted }, isWaiting, said };
  const given: GivenBack = { stable, candidate, weight, epoch: wanted.epoch, atMs: Date.now() };
  return { decision: { wanted, files: { [GIVEN_BACK_FILE]: JSON.stringify(given) } }, isWaiting, said };
}

function slotOf(state: FrontState, label: string): Slot | undefined {
  return SLOTS.find((slot) => state.slots[slot].label === label);
}

/** Capacity before traffic: containers that were stopped are started, and one that was frozen goes on. */
async function startStable({ stable }: ShareUndo, { engine, project }: GiveBackContext): Promise<void> {
  for (const { id, state } of replicasOf(await listProject(engine, project), stable)) {
    if (state === 'running' || state === 'restarting') continue;
    await engine.call('POST', `/containers/${id}/${state === 'paused' ? 'unpause' : 'start'}`);
  }
}

/** Returns whether nothing of the candidate ran when it was looked at: what runs is stopped. */
async function stopCandidate({ candidate }: ShareUndo, { engine, project }: GiveBackContext): Promise<boolean> {
  const running = replicasOf(await listProject(engine, project), candidate).filter(
    ({ state }) => state === 'running' || state === 'restarting' || state === 'paused',
  );
  for (const { id, state } of running) {
    // What is frozen does not hear that it is to stop.
    if (state === 'paused') await engine.call('POST', `/containers/${id}/unpause`);
    await engine.call('POST', `/containers/${id}/stop`);
  }
  return running.length === 0;
}
