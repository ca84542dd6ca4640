import { hasStatus } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import { engineSocket } from './guardian';
import { createHelper, didNotStart, type HelperOptions } from '../docker/helper-container';

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
  const helper: HelperOptions = {
    ...{ project, image: helperImage, name, args: ['keeper'], role: 'keeper', env: [`ROLLPROOF_PROJECT=${project}`] },
    hostConfig: {
      RestartPolicy: { Name: 'always' },
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      Binds: [`${engineSocket()}:/var/run/docker.sock`],
    },
  };
  try {
    const container = await createHelper(helper, { Entrypoint: NODE });
    await container.start();
  } catch (cause) {
    // Another command was faster: it is there.
    if (hasStatus(cause, 409)) return;
    throw didNotStart(helper, cause);
  }
}
