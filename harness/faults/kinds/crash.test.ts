import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sleep } from '../../core/clock';
import { MemoryJournal } from '../../contract/journal';
import type { FaultContext } from '../context';
import type { ContainerUndo } from '../agent/protocol';
import type { GuardedUndo } from '../guardian';

const BORN = '0001-01-01T00:00:00Z';
const OURS = '2026-01-01T12:00:00.5Z';
const THEIRS = '2026-01-01T12:00:09.5Z';

/** The one container of the service, as the Engine has it. */
let state: { Status: string; Running: boolean; Restarting: boolean; ExitCode: number; FinishedAt: string };
let starts: number;
let onStart: () => void;
let registered: ContainerUndo[];

const container = { id: 'c', name: 'back-1', hostPid: 7 };
const die = (FinishedAt: string) =>
  (state = { Status: 'exited', Running: false, Restarting: false, ExitCode: 137, FinishedAt });
const run = () => (state = { ...state, Status: 'running', Running: true });

jest.mock('../../docker/client', () => ({
  engine: () => ({
    getContainer: () => ({
      inspect: async () => ({ State: state, HostConfig: { RestartPolicy: { Name: 'no' } } }),
      update: async () => undefined,
    }),
  }),
  hasStatus: () => false,
}));
jest.mock('../../docker/containers', () => ({
  startContainer: async () => {
    starts++;
    onStart();
  },
}));
jest.mock('../endpoints', () => ({ callersOf: async () => [container], runsUserCode: () => true }));

// After the mocks: what it imports must be them.
const { crash: crashOf } = jest.requireActual<typeof import('./crash')>('./crash');
const { LeasedFault } = jest.requireActual<typeof import('../leased-fault')>('../leased-fault');

beforeEach(() => {
  state = { Status: 'running', Running: true, Restarting: false, ExitCode: 0, FinishedAt: BORN };
  starts = 0;
  onStart = run;
  registered = [];
});

function crash(keepDown: boolean, kill: () => unknown = () => die(OURS)) {
  const context = {
    project: 'p',
    seed: 's',
    managed: {},
    journal: new MemoryJournal(),
    guardian: {
      register: async (undo: GuardedUndo) => void registered.push(undo as ContainerUndo),
      unregister: async () => undefined,
    },
    signaller: async () => ({ kill: async () => kill() }),
    onFailure: () => undefined,
    signal: new AbortController().signal,
  };
  const value = crashOf({ of: 'back', keepDown });
  return new LeasedFault(value, 60_000, context as unknown as FaultContext, {
    aimed: () => undefined,
    ended: () => undefined,
  }).begin();
}

/** A revert waits for the container to run, and ends when it does. */
async function expectRevertedOnlyOnceItRuns(fault: Awaited<ReturnType<typeof crash>>): Promise<void> {
  let isReverted = false;
  const reverted = fault.revert().then(() => (isReverted = true));
  await sleep(50);
  expect(isReverted).toBe(false);
  run();
  await reverted;
}

describe('a crash that is reverted', () => {
  it.each([true, false])('starts what is still down from it (keepDown: %s)', async (keepDown) => {
    const fault = await crash(keepDown);
    await fault.revert();
    expect([starts, state.Status, fault.state]).toEqual([1, 'running', 'reverted']);
  });

  it('leaves alone what its restart policy has started', async () => {
    const fault = await crash(false);
    run();
    await fault.revert();
    expect(starts).toBe(0);
  });

  it('leaves alone what was started and stopped since, and does not wait for it to run', async () => {
    const fault = await crash(false);
    run();
    die(THEIRS);
    await fault.revert();
    expect([starts, state.Status, fault.state]).toEqual([0, 'exited', 'reverted']);
  });

  it('waits for what its restart policy is about to start', async () => {
    const fault = await crash(false);
    state = { ...state, Status: 'restarting', Running: true, Restarting: true };
    await expectRevertedOnlyOnceItRuns(fault);
    expect(starts).toBe(0);
  });

  it('starts again what it killed before it failed itself', async () => {
    const killed = crash(true, () => {
      die(OURS);
      throw new Error('the stream broke');
    });
    await expect(killed).rejects.toThrow('the stream broke');
    expect([starts, state.Status]).toEqual([1, 'running']);
  });

  it('does not believe in one that dies again as soon as it is started', async () => {
    const fault = await crash(true);
    onStart = () => die(THEIRS);
    await expectRevertedOnlyOnceItRuns(fault);
  });
});

it('tells the guardian before the kill what to start, and after it which death that undoes', async () => {
  const fault = await crash(false);
  expect(registered.map(({ id, action, finishedAt }) => [id, action, finishedAt])).toEqual([
    [`${fault.id}/c/start`, 'start', undefined],
    [`${fault.id}/c/start`, 'start', OURS],
  ]);
  await fault.revert();
});
