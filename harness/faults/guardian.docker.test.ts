import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { forkModule, lastLines } from '../core/child';
import { wallMs } from '../core/clock';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { inspectContainer, listContainers, removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { Guardian } from './guardian';
import { findLeftovers, sweepProject } from '../docker/sweep';
import { testProject } from '../docker/testing/test-projects';
import { helperImage, Pair, startNode } from './testing/pair';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(90_000);

const IDLE = 'setInterval(() => undefined, 60000)';

/** Starts a harness, and kills it once a latency and a crash are active. */
async function killMidFault(project: string, mode: 'ephemeral' | 'kept'): Promise<void> {
  const child = forkModule(join(__dirname, 'testing', 'harness-process'), [project, mode], {
    env: { ROLLPROOF_HELPER_IMAGE: helperImage() },
  });
  const stderr = lastLines(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`the harness ended by itself: ${stderr()}`)));
  });
  child.kill('SIGKILL');
}

/** A container of somebody else, in the network of nobody. */
async function foreign(): Promise<string> {
  const container = await engine().createContainer({
    Image: helperImage(),
    Entrypoint: ['sleep', '120'],
    Labels: { [LABEL.project]: testProject('rp-foreign') },
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  return container.id;
}

const leftoversOf = async (project: string) => (await findLeftovers()).find((found) => found.project === project);

it('leaves nothing of an ephemeral project when the harness is killed in mid-fault, and nothing else is touched', async () => {
  await using pair = await Pair.start();
  await startNode(pair.project, 'bystander', 'plain', IDLE, 'unless-stopped');
  const foreignId = await foreign();
  await killMidFault(pair.project, 'ephemeral');
  await poll(async () => (await leftoversOf(pair.project)) === undefined || undefined, {
    condition: 'containers, networks and volumes are gone, the guardian too',
    timeoutMs: 60_000,
  });
  expect((await inspectContainer(foreignId))?.state).toBe('running');
  await removeContainer(foreignId);
});

it('leaves a kept project healthy and without faults', async () => {
  await using pair = await Pair.start();
  const bystander = await startNode(pair.project, 'bystander', 'plain', IDLE, 'unless-stopped');
  await killMidFault(pair.project, 'kept');
  await poll(
    async () => {
      const all = await listContainers({ project: pair.project });
      const roles = all.map(({ role }) => role ?? '').toSorted();
      const areRunning = all.every(({ state }) => state === 'running');
      return areRunning && roles.join() === 'front,plain,revision' ? true : undefined;
    },
    { condition: 'the stack runs, alone', timeoutMs: 60_000 },
  );
  const { HostConfig } = await engine().getContainer(bystander).inspect();
  expect(HostConfig.RestartPolicy?.Name).toBe('unless-stopped');
  const project = await leftoversOf(pair.project);
  expect(project).toMatchObject({
    isGuarded: false,
    networks: [expect.any(String)],
    volumes: [`${pair.project}-data`],
  });
});

it('undoes what the harness forgot, refuses what is not the project’s, and goes when it is told to', async () => {
  await using pair = await Pair.start();
  const foreignId = await foreign();
  const reports: string[] = [];
  const guardian = await Guardian.start({
    project: pair.project,
    helperImage: helperImage(),
    mode: 'ephemeral',
    onEvent: ({ reason, id }) => reports.push(reason ?? id ?? ''),
  });
  for (const id of [pair.callerId, foreignId]) await engine().getContainer(id).kill();
  const soon = wallMs() + 500;
  await guardian.register({ id: 'forgotten', container: pair.callerId, action: 'start', expiresAtMs: soon });
  await guardian.register({ id: 'not-ours', container: foreignId, action: 'start', expiresAtMs: soon });
  await poll(() => (reports.includes('forgotten') && reports.includes('not-ours')) || undefined, {
    condition: 'both leases have ended',
    timeoutMs: 60_000,
  });
  expect((await inspectContainer(pair.callerId))?.state).toBe('running');
  expect((await inspectContainer(foreignId))?.state).toBe('exited');
  expect(reports.join('\n')).toContain('refused');

  await guardian.stop();
  await guardian.stop();
  expect(await inspectContainer(guardian.containerId)).toBeUndefined();
  expect((await inspectContainer(pair.callerId))?.state).toBe('running');
  await removeContainer(foreignId);
});

it('takes over from a harness that hangs', async () => {
  await using pair = await Pair.start();
  await Guardian.start({
    project: pair.project,
    helperImage: helperImage(),
    mode: 'ephemeral',
    heartbeatMs: 60_000,
    graceMs: 1_000,
  });
  await poll(async () => (await leftoversOf(pair.project)) === undefined || undefined, {
    condition: 'the project is swept',
    timeoutMs: 60_000,
  });
});

it('sweeps a project from the harness side too', async () => {
  await using pair = await Pair.start();
  expect(await leftoversOf(pair.project)).toMatchObject({ containers: { length: 2 }, isGuarded: false });
  expect(await sweepProject(pair.project)).toBe(4);
  expect(await leftoversOf(pair.project)).toBeUndefined();
});
