import { SLOTS, type FrontState } from '../../front/config.ts';
import { commandsBetween, runtimeOf } from '../../front/runtime.ts';
import { followed, inItsEpoch, serving } from '../../front/state.ts';
import type { EngineApi } from './engine-api.ts';
import { FrontHand, type FrontReading } from './front-hand.ts';
import { addressesFor, frontOf, listProject, type Listed } from './project-view.ts';

/** Somebody else's changes come between ours this often at most. */
const ATTEMPTS_MAX = 5;

/** The state as the slots' replicas are now, those with a share in service; the same object when it is so already. */
export function withAddresses(state: FrontState, all: readonly Listed[], front: Listed): FrontState {
  const next = SLOTS.reduce((next, slot) => {
    const { label } = next.slots[slot];
    if (label === undefined) return next;
    return followed(next, slot, { label, servers: addressesFor(all, front, label).map((ip) => ({ ip })) });
  }, state);
  return serving(next);
}

/** What to do with a front that was read: the state that it is to serve, with files that go beside it, or nothing. */
export type Decision = { readonly wanted: FrontState; readonly files?: Readonly<Record<string, string>> } | undefined;

/**
 * Reads a service's front with its replicas followed, decides, and changes it; again when somebody was faster. Its files are written before
 * HAProxy is told, so that whoever died in between left them ahead: a front that needs no change is one whose HAProxy says so too. Returns
 * whether the front stands as decided: there may be none at the moment.
 */
export async function changeFront(
  engine: EngineApi,
  { project, service }: { readonly project: string; readonly service: string },
  decide: (reading: FrontReading, followed: FrontState) => Decision,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const all = await listProject(engine, project);
    const front = frontOf(all, service);
    if (front === undefined) return false;
    const hand = new FrontHand(engine, front.id);
    const reading = await hand.read();
    if (reading === undefined) return false;
    const followed = withAddresses(reading.state, all, front);
    const decision = decide(reading, followed);
    const wanted = decision?.wanted ?? inItsEpoch(reading.state, followed);
    const lacking = commandsBetween(reading.runtime, runtimeOf(wanted), wanted.port);
    if (decision === undefined && lacking.length === 0) return true;
    if (await hand.replace(reading, wanted, decision?.files)) return true;
  }
  return false;
}
