import { removeContainer } from '../docker/containers';
import { startAttached, type AttachedHelper } from './attached-helper';

/** A kept helper in the host's PID namespace with CAP_KILL and nothing else. */
export class Signaller implements AsyncDisposable {
  private constructor(private readonly helper: AttachedHelper) {}

  static async start(project: string, image: string): Promise<Signaller> {
    const hostConfig = { AutoRemove: true, PidMode: 'host', CapAdd: ['KILL'] };
    return new Signaller(
      await startAttached({ project, image, args: ['signaller'], role: 'helper', hostConfig }, { isHeld: true }),
    );
  }

  /** Its stream is over: it can be asked for nothing more. */
  get isClosed(): boolean {
    return this.helper.channel.isClosed;
  }

  /** SIGKILLs a container's main process from outside its PID namespace, as the kernel would. */
  async kill(pid: number, containerId: string): Promise<void> {
    await this.helper.channel.request({ op: 'kill', pid, containerId });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return removeContainer(this.helper.containerId);
  }
}

/** One signaller for whoever needs it, started when first asked for; one that did not start or has died is replaced. */
export class SharedSignaller implements AsyncDisposable {
  #current: Promise<Signaller> | undefined;

  constructor(private readonly start: () => Promise<Signaller>) {}

  /** @throws HarnessError `helper-did-not-start` */
  get(): Promise<Signaller> {
    const before = this.#current?.catch(() => undefined) ?? Promise.resolve(undefined);
    this.#current = before.then((held) => (held === undefined || held.isClosed ? this.start() : held));
    return this.#current;
  }

  /** Whoever asked for one that did not start has been told. */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = await this.#current?.catch(() => undefined);
    await held?.[Symbol.asyncDispose]();
  }
}
