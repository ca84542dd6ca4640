import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Of what failed, this many last lines are told at once. */
const LINES_KEPT = 30;
/** A line that is longer is cut, characters. */
const LINE_LENGTH_MAX = 500;
/** What says more than this is not written any more: a test in a loop must not fill the disk. Its last lines are still known. */
const BYTES_MAX = 64 * 1024 * 1024;

/** What a stage of a pipeline, or a hook, says: into a file of its own, and its last lines at hand. */
export class OutputLog implements Disposable {
  /** Relative to the run's folder. */
  readonly path: string;
  readonly #descriptor: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  #open = '';
  #bytes = 0;

  constructor(runDirectory: string, path: string) {
    this.path = path;
    const absolute = join(runDirectory, path);
    mkdirSync(dirname(absolute), { recursive: true });
    this.#descriptor = openSync(absolute, 'a', 0o600);
  }

  write(chunk: Buffer): void {
    this.#save(chunk);
    const parts = (this.#open + this.#decoder.write(chunk)).split('\n');
    // What a terminal would draw over is not kept.
    this.#open = (parts.pop() ?? '').slice(-4 * LINE_LENGTH_MAX);
    this.#lines.push(...parts.map(shown));
    this.#lines.splice(0, this.#lines.length - LINES_KEPT);
  }

  /** A line of our own. */
  say(text: string): void {
    this.write(Buffer.from(`${text}\n`));
  }

  /** The last lines, without empty ones at the end. */
  lastLines(): string[] {
    const lines = [...this.#lines, shown(this.#open)];
    return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1).slice(-LINES_KEPT);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #save(chunk: Buffer): void {
    if (this.#bytes > BYTES_MAX) return;
    this.#bytes += chunk.length;
    writeSync(this.#descriptor, chunk);
    if (this.#bytes > BYTES_MAX) writeSync(this.#descriptor, '\n… what was said beyond this is left out\n');
  }
}

/** As it would stand on a terminal: without colours, and of a line that was drawn over and over its last state. */
function shown(line: string): string {
  // eslint-disable-next-line no-control-regex -- colours and cursor movements begin with this one
  const plain = line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r$/, '');
  return plain.slice(plain.lastIndexOf('\r') + 1).slice(0, LINE_LENGTH_MAX);
}
