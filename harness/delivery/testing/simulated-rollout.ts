import { MemoryJournal } from '../../contract/journal';
import type { RolloutResult } from '../../contract/rollout-result';
import { deploy } from '../controller';
import { canary } from '../strategies/canary';
import type { RolloutSettings } from '../strategies/settings';
import { FakeWorld, type Behaviour } from './fake-world';

export interface SimulatedRollout {
  readonly seed: string;
  readonly ratePerSecond: number;
  /** Share of the requests that fail on both revisions. */
  readonly errorRatio: number;
  /** What the new revision does beside that. */
  readonly candidate?: Behaviour;
  readonly settings?: Partial<RolloutSettings>;
}

/** A rollout by canary, 20, 50 and 100 %, in a fake world. No time is asked for beside what the judge takes, unless the settings say so. */
export async function simulatedRollout({
  seed,
  ratePerSecond,
  errorRatio,
  candidate = {},
  settings = {},
}: SimulatedRollout): Promise<RolloutResult & { readonly tookMs: number }> {
  const image = 'candidate:2';
  const behaviours = { [image]: candidate };
  const world = new FakeWorld({ seed, ratePerSecond, behaviours, journal: new MemoryJournal() });
  world.dependencyErrorRatio = errorRatio;
  const asked = { minReadyMs: 0, bakeMs: 0, ...settings };
  const strategy = canary({ steps: [20, 50, 100], ...asked });
  const result = await deploy({ service: 'orders', image, strategy }, world.ports());
  return { ...result, tookMs: result.endedAtMs - result.startedAtMs };
}
