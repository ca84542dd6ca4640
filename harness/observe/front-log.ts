import { join } from 'node:path';
import { every } from '../core/clock';
import type { Witness } from '../front/witness';
import { LogFile } from './log-file';

const FLUSH_INTERVAL_MS = 100;

/** Writes what a front's witness reads to `<directory>/<service>.ndjson`. The returned function writes what is left, and ends it. */
export function writeFrontLog(witness: Witness, directory: string): () => void {
  const file = new LogFile(join(directory, `${witness.service}.ndjson`), witness.service);
  const off = witness.on('log', (line, container) => file.write(container, line));
  const stop = every(FLUSH_INTERVAL_MS, () => file.flush());
  return () => {
    off();
    stop();
    file.flush();
  };
}
