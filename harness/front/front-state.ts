import { z } from 'zod';
import { HarnessError, errorMessage } from '../core/errors';
import { SERVERS_PER_SLOT } from '../compose/front-container';
import { ROUTING_KEY, ROUTING_MAP, SLOTS, type FrontState, type Slot, type SlotState } from './config';
import type { FrontLink } from './link';
import { parseMap, parseServersState, type RuntimeState } from './runtime';

export interface Assignment {
  /** The revision's label, such as `orders-r2`. */
  readonly label: string;
  readonly servers: readonly { readonly ip: string }[];
}

/** How HAProxy stands now. */
export async function readRuntime(link: FrontLink): Promise<RuntimeState> {
  const servers = parseServersState(await link.query('show servers state'));
  const map = parseMap(await link.query(`show map ${ROUTING_MAP}`));
  return { servers, routing: map[ROUTING_KEY] ?? '' };
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

/** Keeps each replica that stays at its position; new ones take the free places. */
export function placed(current: SlotState, assignment: Assignment): SlotState {
  const wanted = assignment.servers.map((server) => server.ip);
  if (wanted.length > SERVERS_PER_SLOT) {
    throw new HarnessError('too-many-replicas', {
      message: `${assignment.label} has ${wanted.length} replicas; a slot of the front holds ${SERVERS_PER_SLOT}`,
      facts: { label: assignment.label, replicas: wanted.length, limit: SERVERS_PER_SLOT },
    });
  }
  const kept = current.servers.map((ip) => (ip !== undefined && wanted.includes(ip) ? ip : undefined));
  const fresh = wanted.filter((ip) => !kept.includes(ip));
  const servers = Array.from({ length: SERVERS_PER_SLOT }, (_, position) => kept[position] ?? fresh.shift());
  // A slot that has lost its last replica has nothing left to drain: the next one that comes is a new start.
  return { label: assignment.label, servers, mode: wanted.length === 0 ? 'maint' : current.mode };
}

const slotShape = z.object({
  label: z.string().optional(),
  servers: z.array(
    z
      .string()
      .nullish()
      .transform((ip) => ip ?? undefined),
  ),
  mode: z.enum(['ready', 'drain', 'maint']),
});
const stateShape = z.object({
  slots: z.object({ blue: slotShape, green: slotShape }),
  weights: z.object({ blue: z.number(), green: z.number() }),
  epoch: z.number(),
});

/** Reads `front.json`. */
export function parseState(text: string): Pick<FrontState, 'slots' | 'weights' | 'epoch'> {
  try {
    const { slots, weights, epoch } = stateShape.parse(JSON.parse(text));
    const slot = (name: Slot): SlotState => ({ ...slots[name], label: slots[name].label });
    return { slots: { blue: slot('blue'), green: slot('green') }, weights, epoch };
  } catch (cause) {
    throw new HarnessError('front-state-corrupt', {
      message: `the state in the front's volume cannot be read: ${errorMessage(cause)}`,
      hint: 'Remove the project with `npm run down` and start again.',
      cause,
    });
  }
}
