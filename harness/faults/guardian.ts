import { every, monotonicMs, wallMs } from '../core/clock';
import { OWNER } from '../core/owner';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import type { GuardianMode, HelperEvent, Undo } from './agent/protocol';
import { startAttached, type AttachedHelper } from './attached-helper';

export type { GuardianMode, Undo } from './agent/protocol';

const REMOVAL_TIMEOUT_MS = 10_000;

export interface GuardianOptions {
  readonly project: string;
  readonly helperImage: string;
  readonly mode: GuardianMode;
  /** Other processes work on the project too: of its helpers only those of this one are removed when this one dies. Default false. */
  readonly isShared?: boolean;
  /** Distance of two heart-beats. Default 1 000 ms. */
  readonly heartbeatMs?: number;
  /**
   * Silence after which the guardian takes over, although the stream still stands: the harness hangs. Default 10 000 ms.
   * The death of the harness ends the stream and is noticed at once.
   */
  readonly graceMs?: number;
  /** The guardian undid something whose lease had ended, or logs what it does. */
  readonly onEvent?: (event: HelperEvent) => void;
  /** The guardian has ended without being asked to: nobody would clean up after us. */
  readonly onLost?: () => void;
}

/** What the guardian has to undo, and when at the latest. */
export type GuardedUndo = Undo & {
  /** Wall ms. Default: not before the heart-beats of this process end. */
  readonly expiresAtMs?: number;
};

/** One container a process on a project that outlives us: it undoes what only the Engine can undo, and sweeps the rest. */
export class Guardian implements AsyncDisposable {
  readonly #stopBeats: () => void;

  private constructor(
    private readonly helper: AttachedHelper,
    private readonly listeners: Set<(event: HelperEvent) => void>,
    private readonly ending: { isAsked: boolean },
    heartbeatMs: number,
  ) {
    this.#stopBeats = every(heartbeatMs, () => helper.channel.send({ op: 'beat' }));
  }

  /** @throws HarnessError `helper-did-not-start` */
  static async start(options: GuardianOptions): Promise<Guardian> {
    const listeners = new Set<(event: HelperEvent) => void>(options.onEvent === undefined ? [] : [options.onEvent]);
    const ending = { isAsked: false };
    let hasStarted = false;
    const helper = await startAttached(
      {
        project: options.project,
        image: options.helperImage,
        args: ['guardian'],
        role: 'guardian',
        env: [
          `ROLLPROOF_PROJECT=${options.project}`,
          `ROLLPROOF_MODE=${options.mode}`,
          `ROLLPROOF_GRACE_MS=${options.graceMs ?? 10_000}`,
          ...(options.isShared === true ? [`ROLLPROOF_OWNER=${OWNER}`] : []),
        ],
        hostConfig: { AutoRemove: true, Binds: [`${engineSocket()}:/var/run/docker.sock`] },
      },
      {
        isHeld: true,
        onEvent: (event) => {
          for (const listener of listeners) listener(event);
        },
        onClose: () => {
          if (hasStarted && !ending.isAsked) options.onLost?.();
        },
      },
    );
    hasStarted = true;
    return new Guardian(helper, listeners, ending, options.heartbeatMs ?? 1_000);
  }

  get containerId(): string {
    return this.helper.containerId;
  }

  /** Returns once the guardian knows: register before you apply. Undone in the order of registration; the same id again replaces. */
  async register({ expiresAtMs, ...undo }: GuardedUndo): Promise<void> {
    const lease = expiresAtMs === undefined ? {} : { leaseMs: Math.max(0, expiresAtMs - wallMs()) };
    await this.helper.channel.request({ op: 'register', undo, ...lease });
  }

  /**
   * From now on an `ephemeral` project is `kept`: it stays when we die. Returns once the guardian knows. Idempotent.
   * @throws HarnessError `helper-failed` when it has taken over already
   */
  async keep(): Promise<void> {
    await this.helper.channel.request({ op: 'keep' });
  }

  async unregister(id: string): Promise<void> {
    await this.helper.channel.request({ op: 'unregister', id });
  }

  /** Calls back when the guardian undoes or reports something. Returns what ends that. */
  onEvent(listener: (event: HelperEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Sends the guardian home; it undoes first what is still registered, and sweeps nothing. Idempotent. */
  async stop(): Promise<void> {
    if (this.ending.isAsked) return this.helper.closed;
    this.ending.isAsked = true;
    this.#stopBeats();
    const startedMs = monotonicMs();
    try {
      await this.helper.channel.request({ op: 'stop' }, 30_000);
      await this.helper.closed;
    } catch (error) {
      // Gone already is as good as stopped; anything else must not stay behind with the Engine's socket.
      if (!this.helper.channel.isClosed || monotonicMs() - startedMs >= 30_000) throw error;
    } finally {
      await this.#awaitRemoval();
    }
  }

  /** The Engine removes it by itself, and takes a moment; a run's end means that it is gone. */
  async #awaitRemoval(): Promise<void> {
    await removeContainer(this.helper.containerId);
    await poll(async () => (await inspectContainer(this.helper.containerId)) === undefined || undefined, {
      condition: 'the guardian has been removed',
      timeoutMs: REMOVAL_TIMEOUT_MS,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Where the Engine's socket lies on the Engine's own host: ours when we talk to it by a path, the usual one elsewhere. Where ours is a
 * forwarded one (a virtual machine, a tunnel), the variable that testcontainers reads for the same purpose names the real one.
 */
export function engineSocket(): string {
  const named = process.env['TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE'];
  if (named !== undefined && named !== '') return named;
  // Without a path of its own, the client library keeps a function here.
  const { socketPath } = engine().modem as { socketPath?: unknown };
  return typeof socketPath === 'string' ? socketPath : '/var/run/docker.sock';
}
