import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { HarnessError } from '../core/errors';
import type { LedgerLine } from './ledger-line';

/** Flushed when this much is waiting, in characters. */
const BUFFER_MAX = 262_144;

/** Writes a ledger. A flush is one `write` of whole lines: a writer that is killed loses what waits, and tears no line. */
export class LedgerWriter {
  readonly #descriptor: number;
  #waiting = '';

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a', 0o644);
  }

  append(line: LedgerLine): void {
    this.#waiting += `${JSON.stringify(line)}\n`;
    if (this.#waiting.length >= BUFFER_MAX) this.flush();
  }

  flush(): void {
    if (this.#waiting === '') return;
    writeSync(this.#descriptor, this.#waiting);
    this.#waiting = '';
  }

  close(): void {
    this.flush();
    closeSync(this.#descriptor);
  }
}

/** Reads a ledger line by line. A torn last line (the machine went down) is dropped. @throws HarnessError `ledger-corrupt` */
export async function* readLedger(path: string): AsyncGenerator<LedgerLine> {
  let torn: { readonly line: number; readonly cause: unknown } | undefined;
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    number += 1;
    if (torn !== undefined) {
      throw new HarnessError('ledger-corrupt', {
        message: `${path} line ${torn.line} is not JSON`,
        facts: { path, line: torn.line },
        cause: torn.cause,
      });
    }
    if (text === '') continue;
    try {
      yield JSON.parse(text) as LedgerLine;
    } catch (cause) {
      torn = { line: number, cause };
    }
  }
}

/** The first requests that were not answered well, lost or failed, in the order they ended. Default limit: 50. */
export async function badRequests(path: string, limit = 50): Promise<LedgerLine[]> {
  const bad: LedgerLine[] = [];
  for await (const line of readLedger(path)) {
    if (line.outcome === 'ok') continue;
    bad.push(line);
    if (bad.length >= limit) break;
  }
  return bad;
}
