import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogLine } from '../docker/logs';

/** Characters that are held back before they are written. */
const FLUSH_CHARACTERS = 128 * 1024;

/** An NDJSON file of a service's lines: `{at, service, container, stream, line}`, where `line` is parsed when it is JSON. */
export class LogFile {
  #pending: string[] = [];
  #characters = 0;

  constructor(
    readonly path: string,
    readonly service: string,
  ) {
    mkdirSync(dirname(path), { recursive: true });
  }

  write(container: string, line: LogLine): void {
    const head = { at: line.atMs, service: this.service, container, stream: line.stream };
    const text = `${JSON.stringify(head).slice(0, -1)},"line":${asJson(line.text)}}\n`;
    this.#pending.push(text);
    this.#characters += text.length;
    if (this.#characters >= FLUSH_CHARACTERS) this.flush();
  }

  /** One `write` of whole lines: a killed collector leaves no torn one. */
  flush(): void {
    if (this.#characters === 0) return;
    appendFileSync(this.path, this.#pending.join(''));
    this.#pending = [];
    this.#characters = 0;
  }
}

/** A line that is a JSON object already stays as it is; anything else becomes a JSON string. */
function asJson(text: string): string {
  if (!text.startsWith('{')) return JSON.stringify(text);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
