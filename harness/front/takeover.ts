import { wallIso } from '../core/clock';
import { HarnessError } from '../core/errors';
import { SLOTS, otherSlot, routingValue, type FrontState, type Slot } from './config';
import type { GivenBack } from './state';

/** As far as a change may rest on it. */
interface Routing {
  readonly weights: FrontState['weights'];
  readonly slots: Readonly<Record<Slot, { readonly label?: string | undefined }>>;
}

/** What a change takes for granted: it was thought of over a routing that somebody else may have changed since. */
export type Premise =
  /** The slot holds the revision that it held. */
  | { readonly slot: Slot; readonly isIdle?: false }
  /** And nobody has given it traffic. */
  | { readonly slot: Slot; readonly isIdle: true }
  /** The weights are as they were, or are already what is asked for. */
  | { readonly weights: FrontState['weights'] };

/**
 * Whether a change rests on a routing that is no more: `asked` is what this process has made of the front, `stands` what the front has.
 * Modes and addresses may differ: those who act while no controller does change them without taking anything away.
 */
export function isOutdated(premise: Premise, asked: Routing, stands: Routing): boolean {
  const isHeld = (slot: Slot) => stands.slots[slot].label === asked.slots[slot].label;
  const stand = (weights: FrontState['weights']) => SLOTS.every((slot) => stands.weights[slot] === weights[slot]);
  if ('weights' in premise) return !SLOTS.every(isHeld) || !(stand(asked.weights) || stand(premise.weights));
  const { slot, isIdle = false } = premise;
  return !isHeld(slot) || (isIdle && !stand(asked.weights) && stands.weights[slot] > 0);
}

/** For a change that is refused because it would undo what somebody else has decided meanwhile. */
export function takenOver(stands: FrontState, given: GivenBack | undefined): HarnessError {
  const { service } = stands;
  const who =
    given !== undefined && isStillSo(given, stands)
      ? `its guardian took this process for dead; it ${giveBackText(given)}`
      : `somebody else has set its routing to ${routingValue(stands)}`;
  return new HarnessError('front-taken-over', {
    message: `the front of ${service} was taken over: ${who}`,
    facts: { service, routing: routingValue(stands), ...(given === undefined ? {} : { givenBack: given }) },
  });
}

/** In words that follow who did it. */
export function giveBackText({ candidate, weight, stable, atMs, epoch }: GivenBack): string {
  const when = `at ${wallIso(atMs)}, epoch ${epoch}`;
  if (weight === 0) return `had ${stable} serve again ${when}`;
  return `gave the ${weight} % of ${candidate} back to ${stable} ${when}`;
}

function isStillSo({ stable, candidate }: GivenBack, { slots, weights }: FrontState): boolean {
  return SLOTS.some(
    (slot) => slots[slot].label === stable && weights[slot] === 100 && slots[otherSlot(slot)].label === candidate,
  );
}
