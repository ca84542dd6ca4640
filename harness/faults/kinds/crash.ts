import type { ContainerInspectInfo, HostRestartPolicy } from 'dockerode';
import { z } from 'zod';
import { poll } from '../../core/poll';
import type { Facts } from '../../core/errors';
import { engine, hasStatus } from '../../docker/client';
import { startContainer } from '../../docker/containers';
import { defineFault } from '../define';
import { ofContainers } from '../targets';

/** 128 + SIGKILL. */
const KILLED_EXIT_CODE = 137;
const DEATH_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 30_000;

type EngineState = ContainerInspectInfo['State'];

interface Crashed {
  readonly restartPolicy: HostRestartPolicy;
  /** When it ended before this, wall ms of the Engine's host. */
  readonly endedBeforeMs: number;
  /** When it died of this, as the Engine writes it: which death is ours to undo. */
  death?: string;
  /** Reverting has started it. */
  isStarted?: boolean;
}

/**
 * Kills the main process of a service's containers from outside, as the kernel's OOM killer would. With `keepDown` they stay down until it is
 * reverted; without (the default) their restart policy may bring them back, and what is down when it is reverted is started.
 */
export const crash = defineFault({
  kind: 'crash',
  carriedBy: 'engine',
  options: z.strictObject({ ...ofContainers, keepDown: z.boolean().default(false) }),
  contradicts: ['crash', 'pause'],
  describe: ({ keepDown }, target) => (keepDown ? `${target} was down` : `${target} had crashed`),
  prepare: async ({ target }): Promise<Crashed> => {
    const { HostConfig, State } = await engine().getContainer(target.id).inspect();
    const restartPolicy = {
      MaximumRetryCount: 0,
      ...HostConfig.RestartPolicy,
      Name: HostConfig.RestartPolicy?.Name ?? 'no',
    };
    return { restartPolicy, endedBeforeMs: Date.parse(State.FinishedAt) };
  },
  apply: async ({ target, options, guardian, signaller }, { restartPolicy }) => {
    const killer = await signaller();
    if (options.keepDown) {
      const { Name, MaximumRetryCount = 0 } = restartPolicy;
      await guardian.willUndo('restart-policy', { restartPolicy: { Name, MaximumRetryCount } });
    }
    await guardian.willUndo('start');
    if (options.keepDown) await updatePolicy(target.id, { Name: 'no', MaximumRetryCount: 0 });
    await killer.kill(target.hostPid, target.id);
  },
  verifyApplied: async ({ target, guardian, signal }, crashed) => {
    const { finishedAt, ...facts } = await awaitDeath(target, crashed, signal);
    crashed.death = finishedAt;
    await guardian.willUndo('start', { finishedAt });
    return { ...facts, finishedAt };
  },
  revert: async ({ target, options }, crashed) => {
    const state = await stateOf(target.id);
    // A rollout may have removed it meanwhile: nothing is left to put back.
    if (state === undefined) return false;
    if (options.keepDown) await updatePolicy(target.id, crashed.restartPolicy);
    if (state.Running || !diedLast(crashed, state)) return false;
    await startContainer(target.id);
    crashed.isStarted = true;
    return true;
  },
  verifyReverted: async ({ target }, crashed) => {
    await poll(
      async () => {
        const state = await stateOf(target.id);
        if (state === undefined || state.Status === 'running') return true;
        return crashed.isStarted === true || diedLast(crashed, state) ? undefined : true;
      },
      { condition: `${target.name} is running again`, timeoutMs: START_TIMEOUT_MS, code: 'fault-did-not-revert' },
    );
  },
});

/** Whether nobody has started it since it died of this; so too where its death was not seen, as after half an `apply`. */
function diedLast({ death }: Crashed, { FinishedAt }: EngineState): boolean {
  return FinishedAt === (death ?? FinishedAt);
}

/** Dead, and by this: it ended after we began, killed; a restart policy may have started it again already. */
function awaitDeath(
  target: { readonly id: string; readonly name: string },
  { endedBeforeMs }: Crashed,
  signal: AbortSignal,
) {
  let last: Facts = {};
  return poll(
    async () => {
      const { State } = await engine().getContainer(target.id).inspect();
      last = { state: State.Status, exitCode: State.ExitCode, finishedAt: State.FinishedAt };
      if (!(Date.parse(State.FinishedAt) > endedBeforeMs)) return undefined;
      const isBack = State.Running && !State.Restarting;
      if (!isBack && State.ExitCode !== KILLED_EXIT_CODE) return undefined;
      return { ...(isBack ? {} : { exitCode: State.ExitCode }), finishedAt: State.FinishedAt };
    },
    {
      condition: `${target.name} has died with exit code ${KILLED_EXIT_CODE}`,
      timeoutMs: DEATH_TIMEOUT_MS,
      intervalMs: 20,
      signal,
      code: 'fault-did-not-bite',
      describe: () => last,
    },
  );
}

/** `undefined` when the container is gone. */
async function stateOf(id: string): Promise<EngineState | undefined> {
  try {
    return (await engine().getContainer(id).inspect()).State;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

async function updatePolicy(id: string, policy: HostRestartPolicy): Promise<void> {
  try {
    await engine()
      .getContainer(id)
      .update({ RestartPolicy: { ...policy } });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
