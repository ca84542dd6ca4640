import { SERVERS_PER_SLOT } from '../compose/front-container.ts';
import { SLOTS, type FrontState, type Slot, type SlotState } from './config.ts';

export interface Assignment {
  /** The revision's label, such as `orders-r2`. */
  readonly label: string;
  readonly servers: readonly { readonly ip: string }[];
}

/** `next`, in an epoch of its own when it routes otherwise than the state before it. Addresses are no routing: they follow containers. */
export function inItsEpoch(before: FrontState, next: FrontState): FrontState {
  const isSame = SLOTS.every((slot) => {
    const [old, now] = [before.slots[slot], next.slots[slot]];
    return before.weights[slot] === next.weights[slot] && old.label === now.label && old.mode === now.mode;
  });
  return { ...next, epoch: isSame ? before.epoch : before.epoch + 1 };
}

/** The state with one slot replaced. */
export function withSlot(state: FrontState, slot: Slot, content: SlotState): FrontState {
  return { ...state, slots: { ...state.slots, [slot]: content } };
}

/**
 * Keeps each replica that stays at its position; new ones take the free places, as far as there are any. What a slot may serve is the
 * controller's to say: it stays as it was, also while the slot has no replica, and nothing is admitted of a revision that is new in it.
 */
export function placed(current: SlotState, assignment: Assignment): SlotState {
  const wanted = assignment.servers.map((server) => server.ip);
  const kept = current.servers.map((ip) => (ip !== undefined && wanted.includes(ip) ? ip : undefined));
  const fresh = wanted.filter((ip) => !kept.includes(ip));
  const servers = Array.from({ length: SERVERS_PER_SLOT }, (_, position) => kept[position] ?? fresh.shift());
  const mode = current.label === assignment.label ? current.mode : 'maint';
  const leaving = (current.leaving ?? []).filter((ip) => wanted.includes(ip));
  return { label: assignment.label, servers, mode, ...(leaving.length === 0 ? {} : { leaving }) };
}

/** The state in which all of a slot's replicas may serve; the same object when they may already. */
export function admitted(state: FrontState, slot: Slot): FrontState {
  const { leaving = [], ...content } = state.slots[slot];
  if (content.mode === 'ready' && leaving.length === 0) return state;
  return withSlot(state, slot, { ...content, mode: 'ready' });
}

/** The state with a slot's replicas where they are now; the same object when none has moved. */
export function followed(state: FrontState, slot: Slot, assignment: Assignment): FrontState {
  const current = state.slots[slot];
  const known = current.servers.filter((ip) => ip !== undefined);
  const wanted = assignment.servers.map(({ ip }) => ip);
  const isSame = known.length === wanted.length && wanted.every((ip) => known.includes(ip));
  if (isSame && current.label === assignment.label) return state;
  return withSlot(state, slot, placed(current, assignment));
}

/** Percent of the traffic by revision. */
export function sharesOf({ slots, weights }: Pick<FrontState, 'slots' | 'weights'>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    SLOTS.flatMap((slot) => {
      const { label } = slots[slot];
      return label === undefined ? [] : [[label, weights[slot]] as const];
    }),
  );
}

/** A state in which one revision gets all of the traffic, once its replicas are known. */
export function servedBy(state: FrontState, stable: { readonly slot: Slot; readonly label: string }): FrontState {
  const content: SlotState = { label: stable.label, servers: [], mode: 'ready' };
  const weights = { blue: 0, green: 0, [stable.slot]: 100 };
  return { ...withSlot(state, stable.slot, content), weights };
}

/**
 * The state with every slot that has a share in service: one whose last replica died is out, and stays out of what is not asked for. For
 * those who act while no controller does.
 */
export function serving(state: FrontState): FrontState {
  return SLOTS.reduce((next, slot) => {
    const content = next.slots[slot];
    const isOut = next.weights[slot] > 0 && content.mode === 'maint' && content.servers.some((ip) => ip !== undefined);
    return isOut ? withSlot(next, slot, { ...content, mode: 'ready' }) : next;
  }, state);
}

/** The replica's address in a network that the front is in too. */
export function commonAddress(front: Networks, replica: Networks): string | undefined {
  const shared = Object.keys(replica).find((name) => Object.hasOwn(front, name));
  const ip = shared === undefined ? undefined : replica[shared]?.ip;
  return ip === '' ? undefined : ip;
}

/** A container's networks by name. */
export type Networks = Readonly<Record<string, { readonly ip: string }>>;

/** Beside the state: the last share that a guardian gave back. */
export const GIVEN_BACK_FILE = 'given-back.json';

/** A share that ended without its controller. */
export interface GivenBack {
  /** Labels of the revisions: who got everything, and who had a share. */
  readonly stable: string;
  readonly candidate: string;
  /** Percent that the candidate had. */
  readonly weight: number;
  /** From this one on nothing was routed to the candidate. */
  readonly epoch: number;
  /** Wall ms, by the guardian's clock. */
  readonly atMs: number;
}
