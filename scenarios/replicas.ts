import { HarnessError, type ScenarioContext } from '../harness';

/** Skips a scenario that only several replicas of `orders` can show, where the stack has another number of them. */
export function needsReplicas(
  { definition: { service } }: ReturnType<ScenarioContext['stack']['stable']>,
  replicas: number,
): void {
  const running = service.deploy?.replicas ?? service.scale ?? 1;
  if (running === replicas) return;
  throw new HarnessError('capability-missing', {
    message: `it needs ${replicas} replicas of orders, and the stack has ${running}`,
    hint: `Set ORDERS_REPLICAS=${replicas}.`,
  });
}
