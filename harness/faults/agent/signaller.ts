import { readFileSync } from 'node:fs';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import type { SignalRequest } from './protocol.ts';

/** In the host's PID namespace with CAP_KILL alone: kills a container's main process as the kernel would. */
export function runSignaller(): void {
  onJsonLines(
    process.stdin,
    (value) => {
      const request = value as SignalRequest & { n: number };
      try {
        kill(request);
        writeJsonLine(process.stdout, { n: request.n, result: null });
      } catch (error) {
        writeJsonLine(process.stdout, { n: request.n, error: messageOf(error) });
      }
    },
    () => process.exit(0),
  );
  process.on('SIGTERM', () => process.exit(0));
  writeJsonLine(process.stdout, { event: 'ready' });
}

/** A pid may have been given to another process since it was looked up: its cgroup says whose it is. */
function kill({ pid, containerId }: SignalRequest): void {
  if (!Number.isInteger(pid) || pid <= 1 || !/^[0-9a-f]{64}$/.test(containerId)) {
    throw new Error(`refused: pid ${pid} of container ${containerId}`);
  }
  const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  if (!cgroup.includes(containerId)) throw new Error(`process ${pid} does not belong to container ${containerId}`);
  process.kill(pid, 'SIGKILL');
}
