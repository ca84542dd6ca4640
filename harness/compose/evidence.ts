import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engine } from '../docker/client';
import type { ContainerInfo } from '../docker/containers';
import { readLogs } from '../docker/logs';
import { wallIso } from '../core/clock';

const REDACTED = '[redacted]';

/** Compose interpolates the environment into these. */
const MAY_HOLD_SECRETS = ['Cmd', 'Entrypoint', 'Args', 'Test', 'Output'];

/** Writes each container's log and inspect result into a folder. What one container refuses does not cost the others'. */
export async function writeEvidence(containers: readonly ContainerInfo[], directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await Promise.all(
    containers.map(async ({ id, name }) => {
      const [lines, inspected] = await Promise.allSettled([readLogs(id), engine().getContainer(id).inspect()]);
      if (lines.status === 'fulfilled') {
        const text = lines.value.map((line) => `${wallIso(line.atMs)} ${line.stream} ${line.text}\n`).join('');
        writeFileSync(join(directory, `${name}.log`), text, { mode: 0o600 });
      }
      if (inspected.status === 'fulfilled') {
        writeFileSync(
          join(directory, `${name}.inspect.json`),
          JSON.stringify(redactInspect(inspected.value), null, 2),
          {
            mode: 0o600,
          },
        );
      }
    }),
  );
}

/** Keeps the names of environment variables and drops their values. */
export function redactInspect<T extends object>(inspected: T): T {
  return JSON.parse(
    JSON.stringify(inspected, (key, value: unknown) => {
      if (MAY_HOLD_SECRETS.includes(key) && value !== null) return REDACTED;
      if (key !== 'Env' || !Array.isArray(value)) return value;
      return value.map((entry) => `${String(entry).split('=', 1)[0]}=${REDACTED}`);
    }),
  ) as T;
}
