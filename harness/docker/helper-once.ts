import type { ContainerCreateOptions } from 'dockerode';
import { poll } from '../core/poll';
import { inspectContainer, removeContainer } from './containers';
import { readLogs } from './logs';
import { createHelper } from './helper-container';

const DEFAULT_TIMEOUT_MS = 20_000;

/** Runs one thing in a helper container that leaves nothing behind. Resolves with its exit code and what it said. */
export async function runHelperOnce(options: {
  readonly project: string;
  readonly image: string;
  /** Arguments of the helper's program. */
  readonly args: readonly string[];
  /** Instead of the helper's own program, such as `['sh', '-c']`. */
  readonly entrypoint?: readonly string[];
  /** Default: root. */
  readonly user?: string;
  readonly hostConfig: NonNullable<ContainerCreateOptions['HostConfig']>;
  /** Default 20 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const { hostConfig, signal, entrypoint, timeoutMs = DEFAULT_TIMEOUT_MS, ...helper } = options;
  const { args } = helper;
  const container = await createHelper(
    { ...helper, role: 'helper', hostConfig: { Tmpfs: { '/run': '' }, ...hostConfig } },
    entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] },
  );
  try {
    await container.start();
    const exited = await poll(async () => ended(await inspectContainer(container.id)), {
      condition: `the helper has done "${entrypoint?.[0] ?? args[0]}"`,
      timeoutMs,
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
