import type { ContainerCreateOptions } from 'dockerode';
import { newId } from '../core/ids';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { readLogs } from '../docker/logs';

const TIMEOUT_MS = 20_000;

/** Runs one thing in a helper container that leaves nothing behind. Resolves with its exit code and what it said. */
export async function runHelperOnce(options: {
  readonly project: string;
  readonly image: string;
  /** Arguments of the helper's program. */
  readonly args: readonly string[];
  /** Default: root. */
  readonly user?: string;
  readonly env?: readonly string[];
  readonly hostConfig: NonNullable<ContainerCreateOptions['HostConfig']>;
  readonly signal?: AbortSignal;
}): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const { project, image, args, user = '0', env = [], hostConfig, signal } = options;
  const container = await engine().createContainer({
    name: `${project}-${newId(args[0] ?? 'helper')}`,
    Image: image,
    Cmd: [...args],
    User: user,
    Env: [...env],
    Labels: { [LABEL.project]: project, [LABEL.role]: 'helper' },
    HostConfig: { CapDrop: ['ALL'], ReadonlyRootfs: true, Tmpfs: { '/run': '' }, ...hostConfig },
  });
  try {
    await container.start();
    const exited = await poll(async () => ended(await inspectContainer(container.id)), {
      condition: `the helper has done "${args[0]}"`,
      timeoutMs: TIMEOUT_MS,
      intervalMs: 50,
      ...(signal === undefined ? {} : { signal }),
    });
    const said = (await readLogs(container.id)).map(({ text }) => text.trim());
    return { exitCode: exited.exitCode, lines: said.filter((text) => text !== '') };
  } finally {
    await removeContainer(container.id);
  }
}

function ended<T extends { readonly state: string }>(container: T | undefined): T | undefined {
  return container?.state === 'exited' ? container : undefined;
}
