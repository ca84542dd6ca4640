import { newId } from '../../core/ids';
import { MemoryJournal } from '../../contract/journal';
import { engine } from '../../docker/client';
import { inspectContainer, type ContainerInfo } from '../../docker/containers';
import { LABEL, type Role } from '../../docker/labels';
import { readSupply, supplied } from '../../docker/supply';
import type { UndoKeeper } from '../context';
import { FaultInjector, type FaultInjectorOptions } from '../injector';
import { sweepProject } from '../../docker/sweep';
import { testProject } from '../../docker/testing/test-projects';

const PORT = 8080;

/** Answers every request at once, as the callee of an edge. */
const SERVER = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(${PORT})`;
const IDLE = 'setInterval(() => undefined, 60000)';

/** The helper image, under which also the two containers of a pair run: all it takes is Node. */
export function helperImage(): string {
  return process.env['ROLLPROOF_HELPER_IMAGE'] ?? supplied(readSupply(), 'helper');
}

/** A guardian that only remembers, and each id once: what is registered again replaces what was. */
export class FakeGuardian implements UndoKeeper {
  readonly registered: string[] = [];
  readonly unregistered: string[] = [];

  async register({ id }: { readonly id: string }): Promise<void> {
    if (!this.registered.includes(id)) this.registered.push(id);
  }

  async unregister(id: string): Promise<void> {
    this.unregistered.push(id);
  }
}

/** A project of two containers on a network of its own: `caller` → `callee`. */
export class Pair implements AsyncDisposable {
  readonly edge = { from: 'caller', to: 'callee' };
  readonly managed = { callee: { port: PORT, readiness: '/readyz' }, answerer: { port: PORT, readiness: '/readyz' } };

  private constructor(
    readonly project: string,
    public callerId: string,
    readonly calleeId: string,
  ) {}

  static async start(restartPolicy = 'no'): Promise<Pair> {
    const project = testProject('rp-faults');
    await engine().createNetwork({ Name: project, Labels: { [LABEL.project]: project } });
    await engine().createVolume({ Name: `${project}-data`, Labels: { [LABEL.project]: project } });
    const callee = await startNode(project, 'callee', 'front', SERVER, restartPolicy);
    const caller = await startNode(project, 'caller', 'revision', IDLE, restartPolicy);
    return new Pair(project, caller, callee);
  }

  /** A service that answers by itself, without a front. */
  addAnswerer(): Promise<string> {
    return startNode(this.project, 'answerer', 'revision', SERVER, 'no');
  }

  /** Another container of the caller's service, as a rollout makes it. */
  addCaller(): Promise<string> {
    return startNode(this.project, 'caller', 'revision', IDLE, 'no');
  }

  injector(options: Partial<FaultInjectorOptions> & { journal: MemoryJournal }): Promise<FaultInjector> {
    return FaultInjector.start({
      project: this.project,
      helperImage: helperImage(),
      guardian: new FakeGuardian(),
      seed: 'seed',
      edges: [this.edge],
      managed: this.managed,
      signal: AbortSignal.timeout(170_000),
      ...options,
    });
  }

  async caller(): Promise<ContainerInfo | undefined> {
    return inspectContainer(this.callerId);
  }

  async calleeAddress(): Promise<string> {
    return (await inspectContainer(this.calleeId))?.ip ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sweepProject(this.project);
  }
}

/** Starts a container that runs one line of Node, and returns its id. */
export async function startNode(
  project: string,
  service: string,
  role: Role,
  code: string,
  restartPolicy = 'no',
): Promise<string> {
  const container = await engine().createContainer({
    name: `${project}-${newId(service)}`,
    Image: helperImage(),
    Entrypoint: ['node', '-e', code],
    User: '1000',
    Labels: { [LABEL.project]: project, [LABEL.role]: role, [LABEL.service]: service },
    HostConfig: { NetworkMode: project, Init: false, RestartPolicy: { Name: restartPolicy } },
  });
  await container.start();
  return container.id;
}
