import type { ReleaseResult, ReleaseSpec, ScenarioContext } from './context';

export interface ReleaseRun {
  readonly spec: ReleaseSpec;
  /** Send the load of the configuration meanwhile. */
  readonly load: boolean;
  /** Told how the release ended, whatever is expected of it. */
  readonly onEnd: (result: ReleaseResult) => void;
}

/** What a whole release that no scenario asks for does, and what must hold then: released, or unchanged, and nothing lost. */
export function releaseRun({ spec, load: wantsLoad, onEnd }: ReleaseRun) {
  return async ({ load, release, expect }: ScenarioContext): Promise<void> => {
    await using traffic = wantsLoad ? await load.open() : undefined;
    await using begun = await release(spec);
    const result = await begun.ended();
    await traffic?.stop();
    onEnd(result);
    expect(result).toHaveBeenReleased();
    const outages = result.rollouts.flatMap((rollout) => rollout.outages ?? []);
    const unserved = outages.reduce((sum, outage) => sum + outage.unserved, 0);
    if (traffic !== undefined) expect(traffic).toHaveLostAtMost(unserved);
  };
}
