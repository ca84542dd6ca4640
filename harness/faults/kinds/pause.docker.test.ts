import { expect, it, jest } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { wallMs } from '../../core/clock';
import { poll } from '../../core/poll';
import { engine } from '../../docker/client';
import { Guardian } from '../guardian';
import { isAnswered } from '../probe';
import { probeInside } from '../probe-inside';
import { helperImage, Pair } from '../testing/pair';
import { pause } from './pause';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(90_000);

const isPaused = async (id: string) => (await engine().getContainer(id).inspect()).State.Paused;
async function probeAnswers({ project }: Pair, targetId: string): Promise<boolean> {
  const spec = { address: '127.0.0.1', port: 8080, path: '/', count: 1, intervalMs: 0, warmUp: 0, timeoutMs: 2_000 };
  return isAnswered(await probeInside({ project, helperImage: helperImage(), targetId, spec }));
}

const paused = (pair: Pair) => pair.injector({ journal: new MemoryJournal(), edges: [] });

it('freezes what has answered until it is reverted', async () => {
  await using pair = await Pair.start();
  await using injector = await paused(pair);
  const answerer = await pair.addAnswerer();
  await poll(async () => (await probeAnswers(pair, answerer)) || undefined, {
    condition: 'it answers',
    timeoutMs: 20_000,
  });
  const fault = await injector.inject(pause({ of: 'answerer' }));
  expect(await isPaused(answerer)).toBe(true);
  expect(fault.bite).toMatchObject({
    proofs: [{ isPaused: true, hasAnswered: true, isSilent: true }],
    felt: { felt: 1, of: 1, unit: 'containers' },
  });
  await expect(injector.inject(pause({ of: 'answerer' }))).rejects.toMatchObject({ code: 'fault-overlap' });
  await fault.revert();
  expect(await isPaused(answerer)).toBe(false);
  expect(injector.failures()).toEqual([]);
});

it('freezes what comes in the place of what it froze', async () => {
  await using pair = await Pair.start();
  await using injector = await paused(pair);
  const fault = await injector.inject(pause({ of: 'caller' }));
  await engine().getContainer(pair.callerId).remove({ force: true });
  const added = await pair.addCaller();
  await poll(async () => (await isPaused(added)) || undefined, {
    condition: 'the new one is frozen',
    timeoutMs: 30_000,
  });
  await fault.revert();
  expect(await isPaused(added)).toBe(false);
  expect(injector.failures()).toEqual([]);
});

it('says that it had ended where somebody else has unfrozen it', async () => {
  await using pair = await Pair.start();
  await using injector = await paused(pair);
  const fault = await injector.inject(pause({ of: 'caller' }));
  await engine().getContainer(pair.callerId).unpause();
  await fault.revert();
  expect(injector.failures()).toMatchObject([{ code: 'fault-lease-expired' }]);
});

it('is unfrozen by the guardian when its lease ends and nobody else is there', async () => {
  await using pair = await Pair.start();
  await using guardian = await Guardian.start({ project: pair.project, helperImage: helperImage(), mode: 'ephemeral' });
  // A lease that the guardian knows, and an injector that never comes to it.
  await engine().getContainer(pair.callerId).pause();
  await guardian.register({
    id: 'forgotten',
    container: pair.callerId,
    action: 'unpause',
    expiresAtMs: wallMs() + 500,
  });
  await poll(async () => !(await isPaused(pair.callerId)) || undefined, {
    condition: 'the guardian has unfrozen it',
    timeoutMs: 20_000,
  });
});
