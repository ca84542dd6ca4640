import { loadConfigFile, type LoadedConfig } from '../contract/config-file';
import { skewNames } from '../contract/skew-config';
import { entryOf } from '../core/guards';
import { planFacts } from '../delivery/plan-facts';
import { planningPorts } from '../delivery/planning-ports';
import { planOf, preflight } from '../delivery/revisions/preflight';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { strategyFor } from '../delivery/strategies/asked';
import { preflight as enginePreflight } from '../docker/client';
import { requireKeptStack } from '../project/ground';
import { deployedOf, nextDefinition, recallPlan } from '../project/plan';
import type { askedOf } from './deploy-asked';
import { printResult } from './json';
import { planText } from './plan-text';

/**
 * `rollproof deploy SERVICE --image IMAGE --plan`: what would change, and the steps. Takes no lock, and changes nothing: a rollout that was cut
 * off is left as it is, and refused.
 * @throws HarnessError what a deployment would throw before it changes anything
 */
export async function deployPlan(options: {
  readonly config: string;
  readonly ask: (loaded: LoadedConfig) => ReturnType<typeof askedOf>;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { json, signal } = options;
  const loaded = await loadConfigFile(options.config);
  await enginePreflight();
  const kept = await requireKeptStack(loaded);
  const plan = await recallPlan(loaded, kept.plan, signal);
  const asked = options.ask(loaded);
  if ('nothing' in asked) {
    printResult(json, asked, `${asked.nothing}\n`);
    return 0;
  }
  // What is made next, unless another image is asked for; nothing is built or pulled to say what would be done.
  const ofToday = entryOf(plan.next.services, asked.request.service)?.image;
  const request = { ...(ofToday === undefined ? {} : { image: ofToday }), ...asked.request };
  const revisions = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const ports = planningPorts({
    managed: deployedOf(plan),
    revisions,
    current: async (service) => nextDefinition(loaded, plan, service),
  });
  const spec = await preflight(request, ports);
  const skew = { names: (service: string) => skewNames(loaded.config, service) };
  const { strategy, skipped } = strategyFor(request, spec, { revisions, skew });
  const facts = planFacts(planOf(request, spec, ports), strategy, skipped);
  printResult(json, facts, planText(facts));
  return 0;
}
