import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { wallMs } from '../core/clock';
import type { JournalLine, Observation } from './observation';
import { HarnessError } from '../core/errors';

/** Where observations go. */
export interface Journal {
  /** Appends one line. `durable` returns only once the line is on the disk: for intents. */
  append(observation: Observation, options?: { readonly durable?: boolean; readonly atMs?: number }): void;
}

/** An append-only NDJSON file: one observation a line, one `write` a line, so that a killed process leaves whole lines. */
export class FileJournal implements Journal, Disposable {
  /** Stamped on every line until changed. */
  scenario: string | undefined;
  readonly #descriptor: number;
  #isClosed = false;

  constructor(readonly path: string) {
    this.#descriptor = openSync(path, 'a', 0o644);
  }

  append(observation: Observation, options: { readonly durable?: boolean; readonly atMs?: number } = {}): void {
    // What comes after the end of a run is no part of it, and the descriptor may be somebody else's by now.
    if (this.#isClosed) return;
    const line: JournalLine = {
      at: options.atMs ?? wallMs(),
      ...(this.scenario === undefined ? {} : { scenario: this.scenario }),
      ...observation,
    };
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    if (options.durable === true) fsyncSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }
}

/** A journal in memory, for tests and for code that runs outside a run. */
export class MemoryJournal implements Journal {
  readonly lines: JournalLine[] = [];

  append(observation: Observation, options: { readonly atMs?: number } = {}): void {
    this.lines.push({ at: options.atMs ?? wallMs(), ...observation });
  }
}

/** Reads a journal. A torn last line (the writer was killed) is dropped; any other bad line is an error. */
export function readJournal(path: string): JournalLine[] {
  const texts = readFileSync(path, 'utf8').split('\n');
  const lines: JournalLine[] = [];
  texts.forEach((text, index) => {
    if (text === '') return;
    try {
      lines.push(JSON.parse(text) as JournalLine);
    } catch (cause) {
      if (index === texts.length - 1) return;
      throw new HarnessError('journal-corrupt', {
        message: `${path} line ${index + 1} is not JSON`,
        facts: { path, line: index + 1 },
        cause,
      });
    }
  });
  return lines;
}
