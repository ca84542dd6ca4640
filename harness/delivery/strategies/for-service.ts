import { isWorker, type ServiceSettings } from '../../contract/config';
import { invalid } from '../checked';
import { consume } from '../steps/consume';
import type { Step } from '../steps/step';
import { recreate } from './recreate';
import { takesTurns, type Strategy } from './strategy';

/**
 * A strategy as a service can have it: what is weighed of a worker are its consumers, and one that is a singleton takes turns. The same
 * strategy again changes nothing.
 * @throws HarnessError `strategy-invalid` for a strategy that a worker cannot have
 */
export function suitedTo(settings: ServiceSettings, strategy: Strategy): Strategy {
  if (!isWorker(settings)) {
    if (settings.exclusive !== true || takesTurns(strategy)) return strategy;
    const problem =
      'an exclusive service never has two revisions at once: take `recreate`, which stops the old one first';
    throw invalid(strategy.name, problem, { exclusive: true });
  }
  // A consumer takes messages from its start on: there is no time before that in which it could only show that it is ready.
  const own = { ...strategy, settings: { ...strategy.settings, minReadyMs: 0 } };
  if (takesTurns(strategy)) return own;
  if (settings.singleton === true) {
    const problem = 'a singleton may never run twice: take `recreate`, which stops the old one first';
    throw invalid(strategy.name, problem, { singleton: true });
  }
  return { ...own, steps: strategy.steps.flatMap((step) => stepsFor(step, strategy)) };
}

/** What a service takes where nobody asked for a strategy: one that is exclusive takes turns. */
export function unlessExclusive(settings: ServiceSettings | undefined, strategy: Strategy): Strategy {
  if (strategy.isDefault !== true || settings === undefined || isWorker(settings)) return strategy;
  if (settings.exclusive !== true || takesTurns(strategy)) return strategy;
  return recreate(strategy.settings);
}

function stepsFor(step: Step, { name }: Strategy): readonly Step[] {
  switch (step.kind) {
    // What starts a worker gives it messages.
    case 'start':
    case 'ready':
      return [];
    case 'weight':
      return [consume.from(step.options)];
    case 'shadow':
      throw invalid(name, 'a worker has no requests that could be copied', {});
    case 'roll':
      throw invalid(
        name,
        'a worker has no traffic to follow its replicas: take `canary`, whose steps are consumers',
        {},
      );
    default:
      return [step];
  }
}
