import { monotonicMs } from '../core/clock';
import type { Observation } from '../contract/observation';
import type { Journal } from '../contract/journal';
import type { Progress } from '../core/progress';

/** How often the judge's view is told while it does not change, ms. */
const TELL_EVERY_MS = 10_000;

/** A journal that also says to a person how a rollout goes: each step, and what the judge waits for. */
export function tellingJournal(journal: Journal, progress: Progress): Journal {
  let toldAtMs = monotonicMs();
  const tell = (message: string) => {
    toldAtMs = monotonicMs();
    // Later: the switch back to stable must not wait for a terminal.
    setImmediate(() => progress.step(message));
  };
  return {
    append(observation, options) {
      journal.append(observation, options);
      const message = told(observation);
      if (message !== undefined) tell(message);
      else if (observation.type === 'judgement' && monotonicMs() - toldAtMs >= TELL_EVERY_MS) {
        tell(`${observation.outcome} at ${observation.weight} %: ${observation.reason}`);
      }
    },
  };
}

function told(observation: Observation): string | undefined {
  if (observation.type !== 'rollout') return undefined;
  const { to, state, reason } = observation;
  return `${to}: ${state}${reason === undefined ? '' : ` ${reason}`}`;
}
