import { runAll } from '../../core/errors';
import { engine } from '../../docker/client';
import { containerOf, removeContainer, startContainer, stopContainer } from '../../docker/containers';
import { LABEL } from '../../docker/labels';
import { IMAGE } from './tiny-project';

/** Whoever sits at an address that a replica has given up says so. */
const STRANGER = "require('node:http').createServer((_, answer) => answer.end('stranger')).listen(8080)";

/** Addresses that the Engine may hand out before it comes to the one that was given up. */
const STRANGERS_MAX = 8;

export interface MoveOptions {
  readonly project: string;
  readonly service: string;
  /** Resolves once nobody sends to the address that was given up: only then somebody else gets it. */
  readonly givenUp: (address: string) => Promise<void>;
}

/** Restarts a replica under another address: somebody else has got its old one. Returns what removes those. */
export async function moveReplica({ project, service, givenUp }: MoveOptions): Promise<AsyncDisposable> {
  const { id, networks } = await containerOf(project, service);
  const [[network = '', { ip: oldIp } = { ip: '' }] = []] = Object.entries(networks);
  const strangers: string[] = [];
  const disposable = {
    [Symbol.asyncDispose]: () => runAll(strangers.map((stranger) => () => removeContainer(stranger))),
  };
  try {
    await stopContainer(id, 1_000);
    await givenUp(oldIp);
    for (let taken = ''; taken !== oldIp && strangers.length < STRANGERS_MAX;) {
      const stranger = await engine().createContainer({
        Image: IMAGE,
        Entrypoint: ['node', '-e', STRANGER],
        Labels: { [LABEL.project]: project },
        HostConfig: { NetworkMode: network, Init: true },
      });
      strangers.push(stranger.id);
      await stranger.start();
      taken = (await stranger.inspect()).NetworkSettings.Networks[network]?.IPAddress ?? '';
    }
    await startContainer(id);
    const { networks: now } = await containerOf(project, service);
    if (now[network]?.ip === oldIp) throw new Error(`${service} has its old address ${oldIp} again`);
  } catch (error) {
    await disposable[Symbol.asyncDispose]();
    throw error;
  }
  return disposable;
}
