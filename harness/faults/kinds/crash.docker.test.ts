import { expect, it, jest } from '@jest/globals';
import type { JournalLine } from '../../contract/observation';
import { MemoryJournal } from '../../contract/journal';
import { poll } from '../../core/poll';
import { engine } from '../../docker/client';
import { inspectContainer, listContainers, startContainer, stopContainer } from '../../docker/containers';
import { crash } from './crash';
import { FakeGuardian, Pair } from '../testing/pair';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(60_000);

const faults = (journal: MemoryJournal) =>
  journal.lines.filter((line): line is JournalLine & { type: 'fault' } => line.type === 'fault');
const policyOf = async (id: string) => (await engine().getContainer(id).inspect()).HostConfig.RestartPolicy?.Name;

it('keeps a crashed container down until it is reverted, then restores it as it was', async () => {
  await using pair = await Pair.start('unless-stopped');
  const journal = new MemoryJournal();
  const guardian = new FakeGuardian();
  await using injector = await pair.injector({ journal, guardian, edges: [] });
  const fault = await injector.inject(crash({ of: 'caller', keepDown: true }));

  expect(await inspectContainer(pair.callerId)).toMatchObject({ state: 'exited', exitCode: 137 });
  expect(fault.bite['proofs']).toMatchObject([{ exitCode: 137 }]);
  expect(await policyOf(pair.callerId)).toBe('no');
  expect(guardian.registered).toHaveLength(2);
  await expect(injector.inject(crash({ of: 'caller', keepDown: true }))).rejects.toMatchObject({
    code: 'fault-overlap',
  });

  await fault.revert();
  expect((await inspectContainer(pair.callerId))?.state).toBe('running');
  expect(await policyOf(pair.callerId)).toBe('unless-stopped');
  expect(guardian.unregistered.toSorted()).toEqual(guardian.registered.toSorted());
  expect(faults(journal).map(({ state }) => state)).toEqual(['applied', 'proved', 'reverted']);
  expect((await inspectContainer(pair.calleeId))?.restartCount).toBe(0);
});

it('lets the restart policy bring the container back, since it dies as by the kernel', async () => {
  await using pair = await Pair.start('unless-stopped');
  await using injector = await pair.injector({ journal: new MemoryJournal(), edges: [] });
  const before = await pair.caller();
  const fault = await injector.inject(crash({ of: 'caller', keepDown: false }));
  const after = await poll(
    async () => {
      const now = await pair.caller();
      return now?.state === 'running' && now.hostPid !== before?.hostPid ? now : undefined;
    },
    { condition: 'the caller is back', timeoutMs: 60_000 },
  );
  expect(after.restartCount).toBe(1);
  await fault.revert();
  expect((await pair.caller())?.hostPid).toBe(after.hostPid);
});

it('leaves a container alone that was started and stopped since it crashed', async () => {
  await using pair = await Pair.start();
  await using injector = await pair.injector({ journal: new MemoryJournal(), edges: [] });
  const fault = await injector.inject(crash({ of: 'caller', keepDown: false }));
  await startContainer(pair.callerId);
  await stopContainer(pair.callerId, 1);
  await fault.revert();
  expect((await pair.caller())?.state).toBe('exited');
});

it('ends with its lease, and leaves no helper behind', async () => {
  await using pair = await Pair.start();
  const journal = new MemoryJournal();
  const injector = await pair.injector({ journal, edges: [] });
  const fault = await injector.inject(crash({ of: 'caller', keepDown: true, leaseMs: 2_000 }));
  await poll(() => fault.state === 'expired' || undefined, { condition: 'the lease has ended', timeoutMs: 60_000 });
  await fault.revert();
  expect((await pair.caller())?.state).toBe('running');
  await injector[Symbol.asyncDispose]();
  expect(await listContainers({ project: pair.project, role: 'helper' })).toEqual([]);
});

it('is an error without a running target', async () => {
  await using pair = await Pair.start();
  await stopContainer(pair.callerId, 1);
  await using injector = await pair.injector({ journal: new MemoryJournal(), edges: [] });
  await expect(injector.inject(crash({ of: 'caller', keepDown: true }))).rejects.toMatchObject({
    code: 'fault-no-targets',
  });
});
