import { sleep } from '../../core/clock';
import { inspectContainer } from '../../docker/containers';
import { watchEvents, type ContainerEvent } from '../../docker/events';
import { readLogs } from '../../docker/logs';
import type { Exit } from './exits';
import { lastWordsIn } from './log-words';

/** Exit code of a process that was killed by SIGKILL: by the kernel for want of memory, or by somebody. */
const KILLED = 137;

/** The kernel's word on memory may come this much later than the end of the process, ms. */
const MEMORY_WORD_MS = 300;

/** The Engine may take a process's last lines so much after its end, ms; the next run begins later. */
const LATE_LINES_MS = 50;

/** Lines of its log in which a container's last words are looked for. */
const LINES = 30;

/** Begins of containers that were not seen are asked for. */
interface Run {
  startedAtMs?: number;
  /** Somebody signalled it since. */
  isSignalled: boolean;
  isOutOfMemory: boolean;
}

/** Tells of each container of a service's revisions that ends by itself. Resolves once the Engine tells. */
export async function watchExits(options: {
  readonly project: string;
  readonly service: string;
  readonly onExit: (exit: Exit) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { project, service, onExit, signal } = options;
  const runs = new Map<string, Run>();
  const runOf = (id: string): Run => {
    const known = runs.get(id) ?? { isSignalled: false, isOutOfMemory: false };
    runs.set(id, known);
    return known;
  };
  const onEvent = (event: ContainerEvent): void => {
    if (event.role !== 'revision' || event.service !== service) return;
    const run = runOf(event.containerId);
    if (event.action === 'start') {
      runs.set(event.containerId, { startedAtMs: event.atMs, isSignalled: false, isOutOfMemory: false });
    }
    if (event.action === 'kill') run.isSignalled = true;
    if (event.action === 'oom') run.isOutOfMemory = true;
    if (event.action !== 'die' || run.isSignalled) return;
    void exitOf(event, run)
      .then((exit) => {
        if (exit !== undefined && !signal.aborted) onExit(exit);
      })
      // A container that is gone has nothing to tell.
      .catch(() => undefined);
  };
  await watchEvents({ project, signal, onEvent });
}

/** `undefined` for one that somebody killed from inside the machine: no event tells of that. */
async function exitOf({ containerId, composeService, atMs, attributes }: ContainerEvent, run: Run) {
  const exitCode = Number(attributes['exitCode'] ?? 0);
  // At once: the next run writes to the same log.
  const lines = readLogs(containerId, { tail: LINES }).catch(() => []);
  if (exitCode === KILLED && !run.isOutOfMemory) await sleep(MEMORY_WORD_MS);
  const info = await inspectContainer(containerId);
  const isOutOfMemory = run.isOutOfMemory || (info?.oomKilled ?? false);
  if (exitCode === KILLED && !isOutOfMemory) return undefined;
  const texts = (await lines).filter((line) => line.atMs <= atMs + LATE_LINES_MS).map(({ text }) => text);
  const words = lastWordsIn(texts);
  const startedAtMs = run.startedAtMs ?? startOf(info, atMs);
  const exit: Exit = {
    revision: composeService,
    container: attributes['name'] ?? containerId.slice(0, 12),
    ...{ atMs, ranMs: Math.max(0, atMs - startedAtMs), exitCode, isOutOfMemory },
    ...(words === undefined ? {} : { lastWords: words }),
  };
  return exit;
}

/** The Engine may have started it again by now. */
function startOf(info: { readonly startedAt: number } | undefined, atMs: number): number {
  return info !== undefined && info.startedAt > 0 && info.startedAt < atMs ? info.startedAt : atMs;
}
