import type { z } from 'zod';
import { monotonicMs, wallMs } from '../core/clock';
import { HarnessError, errorMessage, runAll, type Facts } from '../core/errors';
import { entryOf } from '../core/guards';
import { inspectContainer, type ContainerInfo } from '../docker/containers';
import type { ContainerEvent } from '../docker/events';
import type { Carrier, FaultSelf } from './carrier';
import { runsUserCode } from './endpoints';
import type { Felt } from './fault';
import type { ContainerFault, ContainerKind } from './kind';
import { containersOf, means, type ContainerTarget } from './targets';

interface Instance<Options, State> {
  readonly container: ContainerFault<Options>;
  readonly undoIds: Set<string>;
  state: State;
}

/** Puts a fault on every container of its target, and on those that come later where its kind follows. */
export class ContainerCarrier<Schema extends z.ZodType<{ readonly of: ContainerTarget }>, State> implements Carrier {
  readonly #instances = new Map<string, Instance<z.output<Schema>, State>>();
  #targets: readonly ContainerInfo[] = [];
  #isActive = false;
  #felt = 0;
  #of = 0;
  /** What comes later is dealt with in order. */
  #following: Promise<void> = Promise.resolve();

  constructor(
    private readonly kind: ContainerKind<Schema, State>,
    private readonly options: z.output<Schema>,
    private readonly self: FaultSelf,
  ) {}

  async aim(): Promise<readonly string[]> {
    const { project, seed } = this.self.context;
    const target = this.options.of;
    this.#targets = await containersOf(target, project, seed);
    const whole = target.revision === undefined && target.replicas === undefined ? [target.service] : [];
    return [...whole, ...this.#targets.map(({ id }) => id)];
  }

  async apply(): Promise<Facts> {
    this.#requireTargets();
    for (const target of this.#targets) await this.#add(target);
    const instances = [...this.#instances.values()];
    this.#isActive = true;
    const startedMs = monotonicMs();
    await Promise.all(instances.map(({ container, state }) => this.kind.apply(container, state)));
    const tookMs = monotonicMs() - startedMs;
    const { of: _of, leaseMs: _leaseMs, ...options } = this.options as Facts;
    return { ...options, containers: instances.map(({ container }) => container.target.name), tookMs };
  }

  async verifyApplied(): Promise<Facts> {
    const proofs = await Promise.all([...this.#instances.values()].map((instance) => this.#prove(instance)));
    return { proofs, felt: await this.felt() };
  }

  async undo(): Promise<Facts> {
    this.#isActive = false;
    await this.#following;
    const startedMs = monotonicMs();
    const containers: string[] = [];
    await runAll(
      [...this.#instances.values()].map(({ container, state, undoIds }) => async () => {
        if (await this.kind.revert(container, state)) containers.push(container.target.name);
        for (const id of undoIds) await this.self.context.guardian.unregister(id);
      }),
    );
    return { containers, tookMs: monotonicMs() - startedMs };
  }

  async verifyReverted(): Promise<Facts> {
    await Promise.all(
      [...this.#instances.values()].map(({ container, state }) => this.kind.verifyReverted(container, state)),
    );
    return {};
  }

  /** On every container that it was on and that is still there, and on one at least. */
  async isInForce(): Promise<boolean> {
    await this.#following;
    const { isInForce } = this.kind;
    if (isInForce === undefined) return true;
    const each = await Promise.all(
      [...this.#instances.values()].map(({ container, state }) => isInForce(container, state)),
    );
    return each.length > 0 && each.every((is) => is);
  }

  async felt(): Promise<Felt> {
    return { felt: this.#felt, of: this.#of, unit: 'containers' };
  }

  onContainerEvent({ action, containerId, role, ...event }: ContainerEvent): void {
    if (!this.#isActive || this.kind.follows !== true) return;
    if (action === 'destroy' || action === 'die') this.#later(async () => void this.#instances.delete(containerId));
    if (action !== 'start' || !runsUserCode(role)) return;
    const isMeant = this.#instances.has(containerId) || means(this.options.of, event);
    if (isMeant) this.#later(() => this.#follow(containerId));
  }

  async #follow(id: string): Promise<void> {
    const target = await inspectContainer(id);
    if (!this.#isActive || this.self.lease.hasEnded || target?.state !== 'running') return;
    const instance = await this.#add(target);
    await this.kind.apply(instance.container, instance.state);
    await this.#prove(instance);
  }

  #later(action: () => Promise<void>): void {
    this.#following = this.#following.then(action).catch((cause: unknown) => {
      if (!this.#isActive) return;
      this.self.fail(errorMessage(cause));
      this.self.context.onFailure(
        new HarnessError('fault-did-not-bite', {
          message: `${this.self.kind} on ${this.self.target} did not follow: ${errorMessage(cause)}`,
          facts: { fault: this.self.id, target: this.self.target },
          cause,
        }),
      );
    });
  }

  async #add(target: ContainerInfo): Promise<Instance<z.output<Schema>, State>> {
    const undoIds = new Set<string>();
    const container = this.#containerFault(target, undoIds);
    const instance = { container, undoIds, state: await this.kind.prepare(container) };
    this.#instances.set(target.id, instance);
    return instance;
  }

  async #prove({ container, state }: Instance<z.output<Schema>, State>): Promise<Facts> {
    this.#of++;
    const proof = await this.kind.verifyApplied(container, state);
    this.#felt++;
    return { container: container.target.name, ...proof };
  }

  #containerFault(target: ContainerInfo, undoIds: Set<string>): ContainerFault<z.output<Schema>> {
    const { id: fault, lease, context } = this.self;
    const { project, helperImage, signal, managed, guardian } = context;
    const service = entryOf(managed, target.service);
    return {
      ...{ target, options: this.options, project, helperImage, signal },
      readiness: service === undefined ? undefined : { port: service.port, path: service.readiness },
      signaller: () => context.signaller(),
      guardian: {
        willUndo: async (action, more = {}) => {
          const id = `${fault}/${target.id.slice(0, 12)}/${action}`;
          undoIds.add(id);
          const expiresAtMs = wallMs() + lease.remainingMs;
          await guardian.register({ id, container: target.id, action, ...more, expiresAtMs });
        },
      },
    };
  }

  #requireTargets(): void {
    if (this.#targets.length > 0) return;
    const { kind, target, context } = this.self;
    throw new HarnessError('fault-no-targets', {
      message: `${kind} of ${target}: no container of it is running in ${context.project}`,
      facts: { kind, target, project: context.project },
      hint: 'Is it kept down by another fault, or did it end by itself? Its log is in the run’s folder.',
    });
  }
}
