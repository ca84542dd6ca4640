import { z } from 'zod';
import { quotedCommand } from '../core/command-line';
import { HarnessError, errorMessage } from '../core/errors';
import { SERVERS_PER_SLOT } from '../compose/front-container';
import type { FrontState, Slot, SlotState } from './config';
import type { FrontLink } from './link';
import type { Assignment } from './state';
import { RUNTIME_QUERIES, parseRuntime, type RuntimeState } from './runtime';

/** How HAProxy stands now. */
export async function readRuntime(link: FrontLink): Promise<RuntimeState> {
  const answers: string[][] = [];
  for (const query of RUNTIME_QUERIES) answers.push(await link.query(query));
  return parseRuntime(answers);
}

/** @throws HarnessError `too-many-replicas` when a slot cannot hold them */
export function fitting(assignment: Assignment): Assignment {
  const replicas = assignment.servers.length;
  if (replicas <= SERVERS_PER_SLOT) return assignment;
  throw new HarnessError('too-many-replicas', {
    message: `${assignment.label} has ${replicas} replicas; a slot of the front holds ${SERVERS_PER_SLOT}`,
    facts: { label: assignment.label, replicas, limit: SERVERS_PER_SLOT },
  });
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
  leaving: z.array(z.string()).exactOptional(),
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
      hint: `Remove the project with ${quotedCommand('down')} and start again.`,
      cause,
    });
  }
}
