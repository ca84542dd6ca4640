import { beforeEach, expect, it, jest } from '@jest/globals';
import { canary } from '../delivery/strategies/canary';
import type { LiveRun } from './live-run';

const ENDED = { outcome: 'rolled-back', from: 'web-r1', to: 'web-r2' };

let caughtUp: () => Promise<boolean>;

jest.mock('../delivery/controller', () => ({
  beginRollout: async () => ({ ended: async () => ENDED, [Symbol.asyncDispose]: async () => undefined }),
}));
jest.mock('../delivery/control-door', () => ({
  openControlDoor: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
}));
// After the mock: what it imports must be it.
const { deployOn } = jest.requireActual<typeof import('./deploy')>('./deploy');

type OnSample = (sample: object, replaces?: object) => void;

let tell: OnSample;
let notes: string[];

async function ended(ids: readonly string[] = ['a']) {
  const ports = {
    managed: { web: {} },
    journal: { append: ({ message }: { message: string }) => notes.push(message) },
    watch: async (_: string, onSample: OnSample) => {
      tell = onSample;
      for (const id of ids) onSample({ id, revision: 'web-r2', error: true });
    },
    caughtUp: () => caughtUp(),
  };
  const live = {
    loaded: { stateDirectory: '/nowhere' },
    stack: { deliveryPorts: () => ports },
    ...{ progress: { step: () => undefined }, ledgerPaths: ['one'] },
  };
  const deploy = deployOn(live as unknown as LiveRun, new AbortController().signal);
  const rollout = await deploy('web', { image: 'web:2', strategy: canary({ steps: [100] }) });
  return rollout.ended();
}

beforeEach(() => {
  caughtUp = async () => true;
  notes = [];
});

it('says which requests failed on the new revision', async () => {
  expect(await ended()).toEqual({ ...ENDED, failedIdsOnNew: new Set(['a']), failedIdsLeftOut: 0 });
});

it('hears of answers that the load finds wrong when the rollout is over', async () => {
  const { failedIdsOnNew } = await ended();
  const good = { id: 'late', revision: 'web-r2', error: false };
  tell(good);
  tell({ ...good, error: true }, good);
  expect(failedIdsOnNew).toEqual(new Set(['a', 'late']));
});

it('says when the ids of the load do not come through, and not when they do', async () => {
  const strangers = Array.from({ length: 20 }, (_, n) => `own-${n}`);
  await ended([...strangers, 'load-1f-7']);
  expect(notes).toEqual([]);
  await ended(strangers);
  expect(notes).toEqual([expect.stringMatching(/^none of 20 requests on web bore an id of the load/)]);
});

it.each<[string, () => Promise<boolean>]>([
  ['does not tell its last lines', async () => false],
  ['is not there', () => Promise.reject(new Error('no front'))],
])('leaves the outcome as it is when the front %s, and says that more may have failed', async (_what, told) => {
  caughtUp = told;
  expect(await ended()).toEqual({ ...ENDED, failedIdsOnNew: new Set(['a']), failedIdsLeftOut: Infinity });
});
