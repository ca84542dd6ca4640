import { expect, it, jest } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { FakeGuardian } from './testing/pair';
import { latency } from './kinds/latency';

jest.mock('../docker/events', () => ({ watchEvents: async () => undefined }));
jest.mock('../docker/containers', () => ({ listContainers: async () => [] }));
// After the mocks: what it imports must be them.
const { FaultInjector } = jest.requireActual<typeof import('./injector')>('./injector');

const edge = { from: 'back', to: 'web' };
const start = (options: { readonly ahead?: boolean }) =>
  FaultInjector.start({
    project: 'p',
    helperImage: 'i',
    journal: new MemoryJournal(),
    guardian: new FakeGuardian(),
    seed: 'seed',
    edges: [edge],
    managed: {},
    signal: new AbortController().signal,
    ...options,
  });

it('is not begun when a caller of its edges is down, unless a fault is to bring the agents', async () => {
  await expect(start({})).rejects.toMatchObject({ code: 'fault-no-targets' });

  await using faults = await start({ ahead: false });
  await expect(faults.inject(latency({ on: edge, delayMs: 100 }))).rejects.toMatchObject({ code: 'fault-no-targets' });
  expect(faults.active()).toEqual([]);
});
