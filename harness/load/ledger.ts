import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { HarnessError } from '../core/errors';
import { LATE_MS, type Latency } from './counts';
import { LatencyHistogram } from './histogram';
import { latencyMs, type LedgerLine } from './ledger-line';

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

/** Requests of a ledger that started in a stretch of time. */
export interface LedgerCounts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly lost: number;
  readonly late: number;
  /** Of the right answers and of those waited for in vain, from the intended moment. */
  readonly latency: Latency;
}

/** Counts what started from `fromMs` until before `toMs` (wall ms). */
export async function countBetween(path: string, fromMs = 0, toMs = Number.POSITIVE_INFINITY): Promise<LedgerCounts> {
  const counts = { sent: 0, ok: 0, failed: 0, lost: 0, late: 0 };
  const histogram = new LatencyHistogram();
  for await (const line of readLedger(path)) {
    if (line.startedAtMs < fromMs || line.startedAtMs >= toMs) continue;
    counts.sent += 1;
    counts[line.outcome] += 1;
    if (line.startedAtMs - line.intendedAtMs > LATE_MS) counts.late += 1;
    const latency = latencyMs(line);
    if (latency !== undefined) histogram.record(latency);
  }
  return { ...counts, latency: histogram.read() };
}

/** The first requests that were lost, in the order they ended. Default limit: 50. */
export async function lostRequests(path: string, limit = 50): Promise<LedgerLine[]> {
  const lost: LedgerLine[] = [];
  for await (const line of readLedger(path)) {
    if (line.outcome !== 'lost') continue;
    lost.push(line);
    if (lost.length >= limit) break;
  }
  return lost;
}
