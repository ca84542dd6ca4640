import { hookName } from '../contract/hooks';
import { monotonicMs } from '../core/clock';
import type { Observation, RolloutState } from '../contract/observation';
import { rolloutSentence } from '../contract/rollout-words';
import { releaseSentence, stepText, undoText } from '../contract/release-words';
import type { Journal } from '../contract/journal';
import type { Progress } from '../core/progress';

/** How often the judge's view is told while it does not change, ms. */
const TELL_EVERY_MS = 10_000;

/** A load that was begun with the rollout is there by then, ms. */
const NO_TRAFFIC_MS = 5_000;

/** What a rollout without traffic waits for, and how to send it some. */
export const NO_TRAFFIC_SAID =
  'nothing sends it requests, and without them nothing can be judged: add `--load` to the command, or open a load in the scenario';

/** A journal that also says to a person how a rollout goes: each step, and what the judge waits for. */
export function tellingJournal(journal: Journal, progress: Progress, now = monotonicMs): Journal {
  let toldAtMs = now();
  let silentSinceMs: number | undefined;
  let isSilenceTold = false;
  const tell = (message: string) => {
    toldAtMs = now();
    // Later: the switch back to stable must not wait for a terminal.
    setImmediate(() => progress.step(message));
  };
  return {
    append(observation, options) {
      journal.append(observation, options);
      const message = told(observation);
      if (observation.type === 'judgement' && !isSilenceTold) {
        const { canary, stable } = observation;
        silentSinceMs = canary.requests + stable.requests > 0 ? undefined : (silentSinceMs ?? now());
        isSilenceTold = silentSinceMs !== undefined && now() - silentSinceMs >= NO_TRAFFIC_MS;
        if (isSilenceTold) return tell(NO_TRAFFIC_SAID);
      }
      if (message !== undefined) tell(message);
      else if (observation.type === 'judgement' && now() - toldAtMs >= TELL_EVERY_MS) {
        tell(`the judge at ${observation.weight} %: ${observation.outcome}, ${observation.reason}`);
      }
    },
  };
}

type RolloutLine = Extract<Observation, { type: 'rollout' }>;

/** Each state as a colleague would say it; nothing of those that pass at once, nor of the last ones: how a rollout ended says its result. */
const SENTENCES: Readonly<Record<RolloutState, ((line: RolloutLine) => string) | undefined>> = {
  Pending: undefined,
  Preflight: undefined,
  Stopping: ({ from, to }) => `${from} is stopped before ${to} starts: until that is ready, nobody serves`,
  Starting: ({ to }) => `${to} starts`,
  Readying: ({ to }) => `${to} has started, and has to stay ready for a while`,
  Shifting: ({ to, reason }) => `${to} gets its share of the traffic${reason === undefined ? '' : `: ${reason}`}`,
  Analyzing: ({ from, to, weight }) => `${to} at ${weight} % is compared with ${from}`,
  Holding: ({ to, weight, reason }) => `${to} is held at ${weight} %${reason === undefined ? '' : ` ${reason}`}`,
  Promoted: ({ to }) => `${to} serves everything`,
  Baking: ({ from, to }) => `${to} is watched a little longer, with ${from} at hand`,
  Retiring: ({ from }) => `${from} is drained and stopped`,
  Succeeded: undefined,
  Aborting: ({ from, reason }) => `back to ${from}${reason === undefined ? '' : `: ${reason}`}`,
  RollingBack: undefined,
  RolledBack: undefined,
  RollbackPaused: undefined,
};

function told(observation: Observation): string | undefined {
  if (observation.type === 'release-ended') return releaseSentence(observation);
  if (observation.type === 'release') return releaseText(observation);
  if (observation.type === 'release-action') return actionText(observation);
  if (observation.type === 'rollout-ended') return rolloutSentence(observation);
  if (observation.type === 'hook') {
    const { hook, state, what, reason, lastLines = [] } = observation;
    return [`${hookName(hook)} ${state}: ${what}${reason === undefined ? '' : `: ${reason}`}`, ...lastLines].join(
      '\n  ',
    );
  }
  return observation.type === 'rollout' ? SENTENCES[observation.state]?.(observation) : undefined;
}

function releaseText({ state, steps = [], reason }: Extract<Observation, { type: 'release' }>): string | undefined {
  if (state === 'Begun') return `the release has ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`;
  if (state === 'Accepting') return 'every step is through: all new revisions become stable';
  return state === 'GoingBack' ? `the release goes back${reason === undefined ? '' : `: ${reason}`}` : undefined;
}

function actionText(line: Extract<Observation, { type: 'release-action' }>): string | undefined {
  if (line.phase === 'result') return undefined;
  if (line.action === 'stop-old') return `the old revision of ${line.service} is stopped`;
  return line.action === 'do' ? stepText(line) : undoText(line);
}
