import { beforeEach, expect, it, jest } from '@jest/globals';
import { canary } from '../delivery/strategies/canary';
import type { LiveRun } from './live-run';

const ENDED = { outcome: 'rolled-back', from: 'web-r1', to: 'web-r2' };

let caughtUp: () => Promise<boolean>;

jest.mock('../delivery/controller', () => ({
  beginRollout: async () => ({ ended: async () => ENDED, [Symbol.asyncDispose]: async () => undefined }),
}));
// After the mock: what it imports must be it.
const { deployOn } = jest.requireActual<typeof import('./deploy')>('./deploy');

async function ended() {
  const ports = {
    managed: { web: {} },
    journal: { append: () => undefined },
    watch: async (_: string, onSample: (sample: object) => void) =>
      onSample({ id: 'a', revision: 'web-r2', error: true }),
    caughtUp: () => caughtUp(),
  };
  const live = { stack: { deliveryPorts: () => ports }, progress: { step: () => undefined } };
  const deploy = deployOn(live as unknown as LiveRun, new AbortController().signal);
  const rollout = await deploy('web', { image: 'web:2', strategy: canary({ steps: [100] }) });
  return rollout.ended();
}

beforeEach(() => {
  caughtUp = async () => true;
});

it('says which requests failed on the new revision', async () => {
  expect(await ended()).toEqual({ ...ENDED, failedIdsOnNew: new Set(['a']), failedIdsLeftOut: 0 });
});

it.each<[string, () => Promise<boolean>]>([
  ['does not tell its last lines', async () => false],
  ['is not there', () => Promise.reject(new Error('no front'))],
])('leaves the outcome as it is when the front %s, and says that more may have failed', async (_what, told) => {
  caughtUp = told;
  expect(await ended()).toEqual({ ...ENDED, failedIdsOnNew: new Set(['a']), failedIdsLeftOut: Infinity });
});
