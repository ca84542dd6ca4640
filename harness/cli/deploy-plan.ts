import { loadConfigFile } from '../contract/config-file';
import { skewNames } from '../contract/skew-config';
import { planFacts } from '../delivery/plan-facts';
import { planOf, preflight, type PlanningPorts, type PreflightRequest } from '../delivery/revisions/preflight';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { suitedTo } from '../delivery/strategies/for-service';
import type { Strategy } from '../delivery/strategies/strategy';
import { withSkew } from '../delivery/strategies/with-skew';
import { preflight as enginePreflight } from '../docker/client';
import { inspectImage } from '../docker/images';
import { requireKeptStack } from '../project/ground';
import { nextDefinition, recallPlan } from '../project/plan';
import { printResult } from './json';
import { planText } from './plan-text';
import { runnableImage } from '../delivery/runnable-image';

/**
 * `rollproof deploy SERVICE --image IMAGE --plan`: what would change, and the steps. Takes no lock, and changes nothing: a rollout that was cut
 * off is left as it is, and refused.
 * @throws HarnessError what a deployment would throw before it changes anything
 */
export async function deployPlan(options: {
  readonly config: string;
  readonly request: PreflightRequest;
  readonly strategy: Strategy;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { request, strategy, json, signal } = options;
  const loaded = await loadConfigFile(options.config);
  await enginePreflight();
  const kept = await requireKeptStack(loaded);
  const plan = await recallPlan(loaded, kept.plan, signal);
  const revisions = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const ports: PlanningPorts = {
    managed: { ...plan.managed, ...plan.workers },
    revisions,
    hasImage: async ({ imageId }) => (await inspectImage(imageId)) !== undefined,
    spec: async (service, image) => {
      const found = await runnableImage(image, revisions.stable(service));
      return found && { image, imageId: found.id, content: found.content, ...nextDefinition(loaded, plan, service) };
    },
  };
  const spec = await preflight(request, ports);
  const asked = withSkew(strategy, skewNames(loaded.config, request.service), { isUndo: request.undo !== undefined });
  const facts = planFacts(planOf(request, spec, ports), suitedTo(spec.settings, asked));
  printResult(json, facts, planText(facts));
  return 0;
}
