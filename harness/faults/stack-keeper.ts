import { HarnessError, errorMessage } from '../core/errors';
import { engine, hasStatus } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { engineSocket } from './guardian';

/** Node with a program of this size needs half of it. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** A heap that is small from the start: it lives for as long as the stack does, and does a few kilobytes of work an event. */
const NODE = ['node', '--max-old-space-size=24', '--max-semi-space-size=1', '/app/faults/agent/main.ts'];

export interface StackKeeperOptions {
  readonly project: string;
  readonly helperImage: string;
}

/**
 * Leaves a guardian with a stack that stays up: it follows replicas that restart under another address while no command runs. The Engine
 * starts it again when it dies; it goes with the project. Idempotent: one of the same image stays.
 * @throws HarnessError `helper-did-not-start`
 */
export async function keepStack({ project, helperImage }: StackKeeperOptions): Promise<void> {
  const name = `${project}-keeper`;
  const known = await inspectContainer(name);
  if (known !== undefined && known.state === 'running' && known.image === helperImage) return;
  // One name, so that there are never two.
  if (known !== undefined) await removeContainer(known.id);
  try {
    const container = await engine().createContainer({
      name,
      Image: helperImage,
      Entrypoint: NODE,
      Cmd: ['keeper'],
      User: '0',
      Env: [`ROLLPROOF_PROJECT=${project}`],
      Labels: { [LABEL.project]: project, [LABEL.role]: 'keeper' },
      HostConfig: {
        NetworkMode: 'none',
        RestartPolicy: { Name: 'always' },
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: MEMORY_BYTES,
        MemorySwap: MEMORY_BYTES,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
        Binds: [`${engineSocket()}:/var/run/docker.sock`],
      },
    });
    await container.start();
  } catch (cause) {
    // Another command was faster: it is there.
    if (hasStatus(cause, 409)) return;
    throw new HarnessError('helper-did-not-start', {
      message: `the keeper of ${project} did not start: ${errorMessage(cause)}`,
      facts: { project, image: helperImage },
      hint: 'Is the helper image the one that this version of rollproof built?',
      cause,
    });
  }
}
