import { expect, it } from '@jest/globals';
import type { RolloutResult } from '../contract/rollout-result';
import { rolloutHandle, withResult } from './handle';

it('a rollout says when it began, and when it had ended as soon as it has', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<RolloutResult>();
  const parts = { control: {}, milestones: { end: () => undefined }, ended } as unknown as Parameters<
    typeof rolloutHandle
  >[0];
  const rollout = withResult(rolloutHandle(parts), async (result) => result);
  expect(rollout.startedAtMs).toBeGreaterThan(0);
  expect(rollout.endedAtMs).toBeUndefined();
  resolve({ outcome: 'promoted' } as unknown as RolloutResult);
  await rollout.ended();
  expect(rollout.endedAtMs).toBeGreaterThanOrEqual(rollout.startedAtMs);
});
