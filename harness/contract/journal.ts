import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { wallMs } from '../core/clock';
import { orDiskFull } from '../core/disk-room';
import { HarnessError } from '../core/errors';
import { journalLine, type JournalLine, type Observation } from './observation';
import { problemsOf } from './problems';

/** Where observations go. */
export interface Journal {
  /** Appends one line. `durable` returns only once the line is on the disk: for intents. */
  append(observation: Observation, options?: { readonly durable?: boolean; readonly atMs?: number }): void;
}

/** Jest sets it, also for the processes that a test starts. There a line that a reader would refuse is an error where it is written. */
const CHECKS_WRITING = process.env['NODE_ENV'] === 'test';

/** An append-only NDJSON file: one observation a line, one `write` a line, so that a killed process leaves whole lines. */
export class FileJournal implements Journal, Disposable {
  /** Stamped on every line until changed. */
  scenario: string | undefined;
  readonly #descriptor: number;
  readonly #listeners = new Set<(line: JournalLine) => void>();
  #isClosed = false;
  /** Lines that could not be written since the latest that could. */
  #unwritten = 0;

  constructor(readonly path: string) {
    this.#descriptor = openSync(path, 'a', 0o644);
  }

  /**
   * A line that finds no room is lost, and the next that is written tells how many were.
   * @throws HarnessError `disk-full` for a durable one
   */
  append(observation: Observation, options: { readonly durable?: boolean; readonly atMs?: number } = {}): void {
    // What comes after the end of a run is no part of it, and the descriptor may be somebody else's by now.
    if (this.#isClosed) return;
    const line: JournalLine = {
      at: options.atMs ?? wallMs(),
      ...(this.scenario === undefined ? {} : { scenario: this.scenario }),
      ...observation,
    };
    const text = `${written(line)}\n`;
    try {
      writeFileSync(this.#descriptor, `${this.#lostLine(line.at)}${text}`);
      if (options.durable === true) fsyncSync(this.#descriptor);
    } catch (error) {
      dropTornLine(this.path);
      this.#unwritten += 1;
      const known = orDiskFull(error, this.path);
      if (known === error || options.durable === true) throw known;
      return;
    }
    this.#unwritten = 0;
    for (const listener of this.#listeners) listener(line);
  }

  /** Calls `listener` with each line once it is written, until the returned function is called. */
  onLine(listener: (line: JournalLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #lostLine(at: number): string {
    if (this.#unwritten === 0) return '';
    const message = `${this.#unwritten} lines could not be written here: the disk was full`;
    return `${written({ at, type: 'note', message })}\n`;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }
}

/** Cuts off a line that its writer did not finish: what is appended next must start a line. */
export function dropTornLine(path: string): void {
  const content = readFileSync(path);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) truncateSync(path, end);
}

/** A journal in memory, for tests and for code that runs outside a run. */
export class MemoryJournal implements Journal {
  readonly lines: JournalLine[] = [];
  /** Stamped on every line until changed. */
  scenario: string | undefined;

  append(observation: Observation, options: { readonly atMs?: number } = {}): void {
    const own = this.scenario === undefined ? {} : { scenario: this.scenario };
    const line: JournalLine = { at: options.atMs ?? wallMs(), ...own, ...observation };
    written(line);
    this.lines.push(line);
  }
}

function written(line: JournalLine): string {
  const text = JSON.stringify(line);
  if (!CHECKS_WRITING) return text;
  const parsed = parseLine(text);
  if (parsed.problem === undefined) return text;
  throw new HarnessError('journal-corrupt', { message: `a line for the journal: ${parsed.problem}`, facts: { text } });
}

/** One line of a journal's text: an observation, or why it is none. */
export type ParsedLine =
  | { readonly line: JournalLine; readonly problem?: undefined }
  | { readonly line?: undefined; readonly problem: string };

export function parseLine(text: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'not JSON' };
  }
  const parsed = journalLine.safeParse(value);
  if (parsed.success) return { line: parsed.data as JournalLine };
  return { problem: problemsOf(journalLine, value, 'the line').join('; ') };
}

/** A line that nobody can read. */
export interface UnreadableLine {
  /** From 1. */
  readonly number: number;
  readonly problem: string;
}

/** A journal as a report reads it: whatever can be read, and what could not. */
export interface ReadableJournal {
  readonly lines: readonly JournalLine[];
  readonly unreadable: readonly UnreadableLine[];
}

/**
 * Reads whatever can be read of a journal, and never throws: a writer that was killed and resumed leaves a torn line in the middle, and
 * the report of that run is wanted most. A journal that is not there is empty.
 */
export function readJournalLeniently(path: string): ReadableJournal {
  const texts = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const lines: JournalLine[] = [];
  const unreadable: UnreadableLine[] = [];
  texts.forEach((text, index) => {
    if (text.trim() === '') return;
    const { line, problem } = parseLine(text);
    if (line === undefined) unreadable.push({ number: index + 1, problem });
    else lines.push(line);
  });
  return { lines, unreadable };
}

/**
 * Reads a journal. A torn last line (the writer was killed) is dropped.
 * @throws HarnessError `journal-corrupt` for any other line that is not an observation
 */
export function readJournal(path: string): JournalLine[] {
  const text = readFileSync(path, 'utf8');
  const { lines, unreadable } = readJournalLeniently(path);
  const last = text.split('\n').length;
  const bad = unreadable.find(({ number }) => number < last);
  if (bad === undefined) return [...lines];
  throw new HarnessError('journal-corrupt', {
    message: `${path} line ${bad.number}: ${bad.problem}`,
    facts: { path, line: bad.number },
    hint: 'It was written by another version, or changed by hand.',
  });
}
