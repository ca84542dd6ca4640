import { beforeEach, expect, it, jest } from '@jest/globals';
import { HarnessError } from '../core/errors';
import type { BegunStack } from './begun-stack';

const CUT_OFF = { rollout: 'r', service: 'web', from: 'web-r1', to: 'web-r2', outcome: 'rolled-back', reason: 'died' };

let done: string[];
let broken: Error | undefined;
let unfinished: object | undefined;
/** Services whose fronts are watched beside those of what runs. */
let held: readonly string[] | undefined;

jest.mock('../docker/sweep', () => ({ awaitNoGuardian: async () => undefined }));
jest.mock('./delivery-ports', () => ({ deliveryPortsOf: () => ({}) }));
jest.mock('../delivery/recover', () => ({
  recover: async () => {
    done.push('recovered');
    return [CUT_OFF];
  },
}));
jest.mock('./release/file', () => ({ unfinishedRelease: () => unfinished }));
jest.mock('./release/live', () => ({ releasePortsOf: () => ({}) }));
jest.mock('../delivery/release/recover-release', () => ({
  recoverRelease: async () => {
    done.push('release recovered');
    return { outcome: 'went-back', reason: 'died', steps: [] };
  },
}));
jest.mock('./hold', () => ({
  takeHold: async ({ coming }: BegunStack) => {
    held = coming;
    return {};
  },
  lookForEdgeLack: async () => undefined,
  connect: async () => {
    if (broken !== undefined) throw broken;
    done.push('connected');
    return {};
  },
}));
// After the mocks: what it imports must be them.
const { attach } = jest.requireActual<typeof import('./attach')>('./attach');

const stack = {
  options: {
    loaded: { project: 'p' },
    progress: { step: (text: string) => done.push(text) },
  },
} as unknown as BegunStack;
const ENDED = ['recovered', expect.stringContaining('ended a rollout that was cut off: rolled back')];

beforeEach(() => {
  done = [];
  broken = undefined;
  unfinished = undefined;
});

it('ends rollouts that were cut off, then connects to what runs', async () => {
  await attach(stack);
  expect(done).toEqual([...ENDED, 'connected']);
});

it('ends rollouts that were cut off, also where something that runs cannot be reached', async () => {
  broken = new HarnessError('fault-no-targets', { message: 'no container of back is running' });
  await expect(attach(stack)).rejects.toBe(broken);
  expect(done).toEqual(ENDED);
});

it('ends a release that was cut off, once its rollouts are', async () => {
  unfinished = { to: { managed: { web: {}, coming: {} } } };
  await attach(stack);
  expect(done).toEqual([
    ...[...ENDED, 'release recovered'],
    ...['ended a release that was cut off: went back: died', 'connected'],
  ]);
  expect(held).toEqual(['web', 'coming']);
});
