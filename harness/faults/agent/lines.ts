import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Calls `onValue` for each JSON line, and `onEnd` once when the stream is over. Lines that are not JSON are dropped. */
export function onJsonLines(source: Readable, onValue: (value: unknown) => void, onEnd: () => void): void {
  const reader = createInterface({ input: source, crlfDelay: Infinity });
  reader.on('line', (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    onValue(value);
  });
  reader.once('close', onEnd);
  // The reader emits its source's errors as its own too.
  for (const broken of [source, reader]) broken.on('error', () => reader.close());
}

/** Writes one value as a line. */
export function writeJsonLine(sink: Writable, value: unknown): void {
  if (sink.writable) sink.write(`${JSON.stringify(value)}\n`);
}

/** A message for a person, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
