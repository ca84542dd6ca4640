import type { RolloutResult } from '../contract/rollout-result';
import type { DeploySpec, ScenarioContext } from './context';

export interface DeployRun {
  readonly service: string;
  readonly spec: DeploySpec;
  /** Send the load of the configuration meanwhile. */
  readonly load: boolean;
  /** Told how the rollout ended, whatever is expected of it. */
  readonly onEnd: (result: RolloutResult) => void;
}

/** What a deployment that no scenario asks for does, and what must hold then: promoted, or unchanged, and nothing lost. */
export function deployRun({ service, spec, load: wantsLoad, onEnd }: DeployRun) {
  return async ({ load, deploy, expect }: ScenarioContext): Promise<void> => {
    await using traffic = wantsLoad ? await load.open() : undefined;
    await using rollout = await deploy(service, spec);
    const result = await rollout.ended();
    await traffic?.stop();
    onEnd(result);
    if (result.outcome === 'unchanged') expect(result.from).toBe(result.to);
    else expect(result).toHaveBeenPromoted();
    // What a strategy cannot spare its users was told beforehand, and is counted by the front.
    const unserved = (result.outages ?? []).reduce((sum, outage) => sum + outage.unserved, 0);
    if (traffic !== undefined) expect(traffic).toHaveLostAtMost(unserved);
  };
}
