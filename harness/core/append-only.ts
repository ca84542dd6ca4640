import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { orDiskFull } from './disk-room';

/**
 * Adds a line of JSON to a file, which is made if need be (0600, missing folders 0700); on the disk when it returns.
 * @throws HarnessError `disk-full`
 */
export function appendEntry(path: string, entry: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const descriptor = openSync(path, 'a', 0o600);
  try {
    // What a power cut tore ends here, and spoils nothing of this line.
    writeSync(descriptor, `\n${JSON.stringify(entry)}\n`);
    fsyncSync(descriptor);
  } catch (error) {
    throw orDiskFull(error, path);
  } finally {
    closeSync(descriptor);
  }
}

/** The entries of such a file, oldest first. What another version wrote, and a line that was torn, is passed over. */
export function readEntries<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const { data } = parsed(text, schema);
      return data === undefined ? [] : [data];
    });
}

function parsed<Schema extends z.ZodType>(text: string, schema: Schema): { readonly data?: z.output<Schema> } {
  try {
    return schema.safeParse(JSON.parse(text));
  } catch {
    return {};
  }
}
