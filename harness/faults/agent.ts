import { every, sleep } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import { execOnce, holdExec, type HeldExec } from '../docker/exec';
import type { AgentRequest, Destination, EdgeStats, FaultSpec, FaultStats, HelperEvent } from './agent/protocol';
import { startAgentContainer, type AgentContainerOptions } from './agent-container';
import { ControlChannel } from './control-channel';

const HEARTBEAT_MS = 1_000;
/** An agent that was asked to leave drains for up to six seconds. */
const LEAVE_TIMEOUT_MS = 12_000;
const CONTROL = ['socat', 'STDIO', 'UNIX-CONNECT:/run/rollproof-agent.sock'];

export interface AgentOptions extends AgentContainerOptions {
  readonly onEvent: (event: HelperEvent) => void;
  /** The agent has died, or cannot be reached any more. */
  readonly onLost: (error: HarnessError) => void;
}

/** An agent in one caller's network namespace, and the stream that we hold to it. */
export class Agent {
  #channel: ControlChannel;
  #exec: HeldExec | undefined;
  readonly #stopBeats: () => void;
  /** `losing`: it is gone, and {@link AgentOptions.onLost} has not been told yet. */
  #state: 'attached' | 'leaving' | 'losing' | 'lost' = 'attached';

  private constructor(
    readonly containerId: string,
    private readonly options: AgentOptions,
  ) {
    this.#channel = new ControlChannel(this.name, () => undefined, options.onEvent);
    this.#stopBeats = every(HEARTBEAT_MS, () => this.#channel.send({ op: 'beat' }));
  }

  /** Starts an agent next to a caller. It carries nothing before {@link prepare}. */
  static async attach(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(await startAgentContainer(options), options);
    try {
      await agent.#connect();
    } catch (error) {
      await agent.discard();
      throw error;
    }
    return agent;
  }

  get targetId(): string {
    return this.options.targetId;
  }

  get isAttached(): boolean {
    return this.#state === 'attached';
  }

  /** It has died, and whoever relied on it knows. */
  get isLost(): boolean {
    return this.#state === 'lost';
  }

  private get name(): string {
    return `agent ${this.containerId.slice(0, 12)}`;
  }

  /**
   * New connections to these addresses pass through the agent from now on; other addresses of the edge no longer do. With `takesOver`, older
   * connections are reset by what they carry next.
   */
  prepare(edge: string, destinations: readonly Destination[], takesOver: boolean): Promise<EdgeStats> {
    return this.#request({ op: 'prepare', edge, destinations, takesOver }) as Promise<EdgeStats>;
  }

  /** Puts a fault at the end of its edge's chain, and takes over what goes past the agent. The same id again changes nothing. */
  async faultOn(spec: FaultSpec): Promise<void> {
    await this.#request({ op: 'fault-on', ...spec });
  }

  /** Ends a fault. Resolves with what was felt of it, `undefined` when the agent knows none of that id. */
  async faultOff(id: string): Promise<FaultStats | undefined> {
    return ((await this.#request({ op: 'fault-off', id })) as FaultStats | null) ?? undefined;
  }

  stats(edge: string): Promise<EdgeStats> {
    return this.#request({ op: 'stats', edge }) as Promise<EdgeStats>;
  }

  /** Runs a helper program next to the agent: in the caller's network namespace, as a user that the rules do not spare. */
  async runBeside(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const result = await execOnce(this.containerId, ['node', '/app/faults/agent/main.ts', ...args], {
      user: '10062',
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.exitCode === 0) return result.stdout;
    throw new HarnessError('probe-failed', {
      message: `${args[0]} ended with ${result.exitCode}: ${result.stderr.trim().slice(-500)}`,
      facts: { agent: this.containerId, exitCode: result.exitCode },
    });
  }

  /** The agent takes its rules away, lets what it carries end, and goes. Idempotent. */
  async leave(): Promise<void> {
    if (this.#state !== 'attached') return this.discard();
    this.#state = 'leaving';
    try {
      await this.#channel.request({ op: 'leave' });
      await poll(async () => (await this.#isRunning()) === false || undefined, {
        condition: `${this.name} has left`,
        timeoutMs: LEAVE_TIMEOUT_MS,
      });
    } finally {
      await this.discard();
    }
  }

  /** Removes the agent's container at once: its target has gone, or it has died itself. */
  async discard(): Promise<void> {
    if (this.#state === 'attached') this.#state = 'leaving';
    this.#stopBeats();
    await this.#exec?.[Symbol.asyncDispose]();
    await removeContainer(this.containerId);
  }

  /** The Engine reports that the agent's container has died. */
  async died(): Promise<void> {
    if (this.#state === 'attached') await this.#lose('its container has died');
  }

  #request(request: AgentRequest): Promise<unknown> {
    return this.#channel.request(request);
  }

  async #connect(): Promise<void> {
    const channel = new ControlChannel(this.name, (text) => this.#exec?.write(text), this.options.onEvent);
    this.#exec = await holdExec(this.containerId, CONTROL, {
      user: '0',
      onLine: (line, stream) => {
        if (stream === 'stdout') channel.receive(line);
      },
      onClose: (error) => {
        channel.close(error?.message ?? 'the stream has ended');
        if (this.#channel === channel && this.#state === 'attached') void this.#reconnect();
      },
    });
    this.#channel = channel;
    await channel.request({ op: 'beat' });
  }

  /** A broken stream is no broken agent: it waits for heart-beats for some seconds. */
  async #reconnect(): Promise<void> {
    let last: unknown = 'the stream has ended';
    for (let attempt = 0; attempt < 3 && this.#state === 'attached'; attempt++) {
      try {
        await sleep(100 * attempt);
        if (!(await this.#isRunning())) break;
        return await this.#connect();
      } catch (error) {
        last = error;
      }
    }
    await this.#lose(errorMessage(last));
  }

  async #lose(reason: string): Promise<void> {
    if (this.#state !== 'attached') return;
    this.#state = 'losing';
    this.#stopBeats();
    this.#channel.close(reason);
    const info = await inspectContainer(this.containerId).catch(() => undefined);
    const log = await this.#lastLines();
    this.#state = 'lost';
    this.options.onLost(
      new HarnessError('agent-died', {
        message: `${this.name} of ${this.targetId.slice(0, 12)} has died: ${reason}`,
        facts: { agent: this.containerId, target: this.targetId, exitCode: info?.exitCode, log },
        hint: 'Connections of this caller go straight to the callee again once the rules have expired.',
      }),
    );
  }

  async #isRunning(): Promise<boolean> {
    return (await inspectContainer(this.containerId))?.state === 'running';
  }

  async #lastLines(): Promise<string> {
    try {
      const output = await engine().getContainer(this.containerId).logs({ stdout: true, stderr: true, tail: 5 });
      return output.toString('utf8').replace(/[^\x20-\x7e\n]/g, '');
    } catch {
      return '';
    }
  }
}
