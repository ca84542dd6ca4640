import type { ContainerInspectInfo, HostRestartPolicy } from 'dockerode';
import { monotonicMs, wallMs } from '../core/clock';
import { HarnessError, runAll, type Facts } from '../core/errors';
import { poll } from '../core/poll';
import { engine, hasStatus } from '../docker/client';
import { startContainer, type ContainerInfo } from '../docker/containers';
import type { FaultContext } from './context';
import { callersOf } from './endpoints';
import type { Fault } from './fault';
import { LEASE_MS_DEFAULT } from './lease';
import { LeasedFault } from './leased-fault';

/** 128 + SIGKILL. */
const KILLED_EXIT_CODE = 137;
const DEATH_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 30_000;

export interface CrashOptions {
  readonly service: string;
  /** The containers stay down until reverted; else their restart policy brings them back. */
  readonly keepDown: boolean;
  /** Only this revision's containers. Default: all that run. */
  readonly revision?: number;
  /** Default 120 000 ms. */
  readonly leaseMs?: number;
}

type State = ContainerInspectInfo['State'];

interface Target {
  readonly container: ContainerInfo;
  readonly restartPolicy: HostRestartPolicy;
  /** Wall ms of the Engine's host. */
  readonly finishedAtMs: number;
}

/** Kills the main process of a service's containers from outside, as the kernel's OOM killer would. */
export class CrashFault extends LeasedFault {
  readonly kind = 'crash';
  readonly #targets: Target[] = [];
  /** When each container died, as the Engine writes it, by its id: which death is ours to undo. */
  readonly #deaths = new Map<string, string>();
  /** Ids of those that reverting has started. */
  readonly #started = new Set<string>();

  constructor(
    private readonly options: CrashOptions,
    context: FaultContext,
    onEnd: (fault: Fault) => void,
  ) {
    super(options.service, options.leaseMs ?? LEASE_MS_DEFAULT, context, onEnd);
  }

  protected async apply(): Promise<Facts> {
    const { service, keepDown, revision } = this.options;
    const running = await callersOf(this.context.project, service);
    const containers = running.filter((container) => revision === undefined || container.revision === revision);
    if (containers.length === 0) {
      throw new HarnessError('fault-no-targets', {
        message: `crash of ${service}: no container of it is running in ${this.context.project}`,
        facts: { service, revision, project: this.context.project },
        hint: 'Is it kept down by another fault, or did it end by itself? Its log is in the run’s folder.',
      });
    }
    const signaller = await this.context.signaller();
    for (const container of containers) this.#targets.push(await describeTarget(container));
    for (const target of this.#targets) await this.#register(target);
    const startedMs = monotonicMs();
    await Promise.all(
      this.#targets.map(async ({ container }) => {
        if (keepDown) await updatePolicy(container.id, { Name: 'no', MaximumRetryCount: 0 });
        await signaller.kill(container.hostPid, container.id);
      }),
    );
    return { keepDown, containers: containers.map(({ name }) => name), tookMs: monotonicMs() - startedMs };
  }

  protected async verifyApplied(): Promise<Facts> {
    const deaths = await Promise.all(this.#targets.map((target) => this.#awaitDeath(target)));
    for (const { container } of this.#targets) await this.#registerStart(container);
    return { deaths };
  }

  protected async undo(): Promise<Facts> {
    const startedMs = monotonicMs();
    const started: string[] = [];
    await runAll(
      this.#targets.map(({ container, restartPolicy }) => async () => {
        const state = await stateOf(container.id);
        // A rollout may have removed it meanwhile: nothing is left to put back.
        if (state !== undefined) {
          if (this.options.keepDown) await updatePolicy(container.id, restartPolicy);
          if (!state.Running && this.#diedLast(container, state)) {
            await startContainer(container.id);
            this.#started.add(container.id);
            started.push(container.name);
          }
        }
        await this.context.guardian.unregister(this.#undoId(container, 'policy'));
        await this.context.guardian.unregister(this.#undoId(container, 'start'));
      }),
    );
    return { containers: started, tookMs: monotonicMs() - startedMs };
  }

  protected async verifyReverted(): Promise<Facts> {
    await Promise.all(
      this.#targets.map(({ container }) =>
        poll(
          async () => {
            const state = await stateOf(container.id);
            if (state === undefined || state.Status === 'running') return true;
            return this.#started.has(container.id) || this.#diedLast(container, state) ? undefined : true;
          },
          {
            condition: `${container.name} is running again`,
            timeoutMs: START_TIMEOUT_MS,
            code: 'fault-did-not-revert',
          },
        ),
      ),
    );
    return {};
  }

  async #register({ container, restartPolicy }: Target): Promise<void> {
    const expiresAtMs = wallMs() + this.lease.remainingMs;
    if (this.options.keepDown) {
      const policy = { Name: restartPolicy.Name, MaximumRetryCount: restartPolicy.MaximumRetryCount ?? 0 };
      const id = this.#undoId(container, 'policy');
      await this.context.guardian.register({
        id,
        container: container.id,
        action: 'restart-policy',
        restartPolicy: policy,
        expiresAtMs,
      });
    }
    await this.#registerStart(container);
  }

  /** Before the kill, and again once the death is known, under the same id: the later one replaces the earlier. */
  async #registerStart(container: ContainerInfo): Promise<void> {
    const finishedAt = this.#deaths.get(container.id);
    await this.context.guardian.register({
      id: this.#undoId(container, 'start'),
      container: container.id,
      action: 'start',
      ...(finishedAt === undefined ? {} : { finishedAt }),
      expiresAtMs: wallMs() + this.lease.remainingMs,
    });
  }

  /** Whether nobody has started it since it died of this; so too where its death was not seen, as after half an `apply`. */
  #diedLast(container: ContainerInfo, { FinishedAt }: State): boolean {
    return FinishedAt === (this.#deaths.get(container.id) ?? FinishedAt);
  }

  #undoId(container: ContainerInfo, what: 'policy' | 'start'): string {
    return `${this.id}/${container.id.slice(0, 12)}/${what}`;
  }

  /** Dead, and by this: it ended after we began, killed; a restart policy may have started it again already. */
  #awaitDeath({ container, finishedAtMs }: Target): Promise<Facts> {
    let last: Facts = {};
    return poll(
      async () => {
        const { State } = await engine().getContainer(container.id).inspect();
        last = { state: State.Status, exitCode: State.ExitCode, finishedAt: State.FinishedAt };
        if (!(Date.parse(State.FinishedAt) > finishedAtMs)) return undefined;
        const isBack = State.Running && !State.Restarting;
        if (!isBack && State.ExitCode !== KILLED_EXIT_CODE) return undefined;
        this.#deaths.set(container.id, State.FinishedAt);
        const exitCode = isBack ? {} : { exitCode: State.ExitCode };
        return { container: container.name, ...exitCode, finishedAt: State.FinishedAt };
      },
      {
        condition: `${container.name} has died with exit code ${KILLED_EXIT_CODE}`,
        timeoutMs: DEATH_TIMEOUT_MS,
        intervalMs: 20,
        signal: this.context.signal,
        code: 'fault-did-not-bite',
        describe: () => last,
      },
    );
  }
}

/** `undefined` when the container is gone. */
async function stateOf(id: string): Promise<State | undefined> {
  try {
    return (await engine().getContainer(id).inspect()).State;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

async function describeTarget(container: ContainerInfo): Promise<Target> {
  const { HostConfig, State } = await engine().getContainer(container.id).inspect();
  const restartPolicy = {
    MaximumRetryCount: 0,
    ...HostConfig.RestartPolicy,
    Name: HostConfig.RestartPolicy?.Name ?? 'no',
  };
  return { container, restartPolicy, finishedAtMs: Date.parse(State.FinishedAt) };
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
