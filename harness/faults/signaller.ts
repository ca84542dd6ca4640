import { removeContainer } from '../docker/containers';
import { startHeldHelper, type HeldHelper } from './held-helper';

/** A kept helper in the host's PID namespace with CAP_KILL and nothing else. */
export class Signaller implements AsyncDisposable {
  private constructor(private readonly helper: HeldHelper) {}

  static async start(project: string, image: string): Promise<Signaller> {
    const hostConfig = { PidMode: 'host', CapAdd: ['KILL'] };
    return new Signaller(
      await startHeldHelper({ project, image, mode: 'signaller', role: 'helper', env: [], hostConfig }),
    );
  }

  /** SIGKILLs a container's main process from outside its PID namespace, as the kernel would. */
  async kill(pid: number, containerId: string): Promise<void> {
    await this.helper.channel.request({ op: 'kill', pid, containerId });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return removeContainer(this.helper.containerId);
  }
}
