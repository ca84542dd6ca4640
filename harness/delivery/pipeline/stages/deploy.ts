import { errorMessage } from '../../../core/errors';
import type { RolloutOutcome } from '../../../contract/rollout-result';
import type { Stage } from './stage';

/**
 * Into production, by digest: a tag that moves afterwards changes nothing of what runs. Services go one after the other; the first that is not
 * promoted ends it, and those before it stay as they are.
 */
export const deploy: Stage = {
  name: 'deploy',
  run: async ({ ports, products, io, say }) => {
    const delivered: Record<string, RolloutOutcome> = {};
    const made: Record<string, string> = {};
    for (const [service, reference] of Object.entries(products.pushed)) {
      say(`deploying ${reference} to ${service}`);
      const { outcome, problem } = await ports.deploy(service, reference, io.signal);
      if (outcome !== undefined) delivered[service] = outcome;
      const ending = outcome ?? 'no rollout';
      say(`${service}: ${ending}${problem === undefined ? '' : `: ${errorMessage(problem)}`}`);
      made[service] = `${ending}, ${reference}`;
      if (problem !== undefined) return { products: { delivered }, made, problem };
    }
    return { products: { delivered }, made };
  },
};
