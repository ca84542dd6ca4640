import type { DeliveryPorts } from '../ports';

/** The fake process was killed. */
export class Death extends Error {}

/** What a command to something that runs takes, ms. */
export const COMMAND_MS = 2;

/** A world in which a controller acts, with a clock of its own. */
interface ActedOn {
  readonly dead: boolean;
  readonly nowMs: number;
  pass(delayMs: number): void;
}

/** How the process of a controller acts and waits in a world: each takes time, and fails once the process is killed. */
export function fakeProcess(world: ActedOn) {
  const live = (): void => {
    if (world.dead) throw new Death('killed');
  };
  const act = async <T>(action: () => T): Promise<T> => {
    live();
    world.pass(COMMAND_MS);
    return action();
  };
  const clock: DeliveryPorts['clock'] = {
    now: () => world.nowMs,
    sleep: async (delayMs, signal) => {
      live();
      signal?.throwIfAborted();
      world.pass(delayMs);
      signal?.throwIfAborted();
    },
  };
  return { act, clock };
}
