import { join } from 'node:path';
import { every } from '../core/clock';
import { errorMessage } from '../core/errors';
import { ContainerLog } from '../docker/container-log';
import { listContainers } from '../docker/containers';
import { watchEvents } from '../docker/events';
import type { CollectorMessage } from './log-collector';
import type { LogLine } from '../docker/logs';
import { LogFile } from './log-file';

const FLUSH_INTERVAL_MS = 100;

/**
 * The collector's process: follows every container of a project until its parent says stop, or is gone. But for the fronts: they have a
 * witness, and a log is read once.
 */
async function main([project = '', directory = '']: readonly string[]): Promise<void> {
  const abort = new AbortController();
  const files = new Map<string, LogFile>();
  const logs = new Map<string, ContainerLog>();
  const flush = () => files.forEach((file) => file.flush());

  const follow = (id: string, service: string, name: string) => {
    const known = logs.get(id);
    if (known !== undefined) return known;
    const file = files.get(service) ?? new LogFile(join(directory, `${service}.ndjson`), service);
    files.set(service, file);
    const write = (line: LogLine) => file.write(name, line);
    const log = new ContainerLog({ id, service, name, write, signal: abort.signal });
    logs.set(id, log);
    return log;
  };

  // Ctrl-C reaches the whole process group: the parent decides when the collector ends.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => {
    flush();
    process.exit(0);
  });
  process.on('message', (message) => {
    if (message === 'stop') void stop();
  });
  const stopFlushing = every(FLUSH_INTERVAL_MS, flush);

  // First the events, then the list: a container that starts in between is in both.
  await watchEvents({
    project,
    signal: abort.signal,
    onEvent: ({ action, role, containerId, composeService, attributes }) => {
      if (action !== 'start' || role === 'front') return;
      const name = attributes['name'] ?? containerId.slice(0, 12);
      follow(containerId, composeService === '' ? name : composeService, name).started();
    },
  });
  for (const { id, role, composeService, name } of await listContainers({ project })) {
    if (role !== 'front') follow(id, composeService === '' ? name : composeService, name);
  }
  send({ type: 'ready' });

  async function stop(): Promise<void> {
    abort.abort();
    try {
      // Each reads its whole log once more, and waits for the Engine for most of it.
      const containers = await Promise.all([...logs.values()].map((log) => log.complete()));
      stopFlushing();
      flush();
      send({ type: 'complete', containers });
    } catch (error) {
      flush();
      send({ type: 'failed', message: errorMessage(error) });
    }
    // Ends this process, once the answer is out.
    process.disconnect();
  }
}

function send(message: CollectorMessage): void {
  process.send?.(message);
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  send({ type: 'failed', message: errorMessage(error) });
  process.exitCode = 1;
});
