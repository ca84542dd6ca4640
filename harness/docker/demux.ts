import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type OutputStream = 'stdout' | 'stderr';

/** Bytes of the header before each frame: stream type, three zeros, length. */
const HEADER_BYTES = 8;

/** Calls `onChunk` for each frame of the Engine's multiplexed output. Never ends outputs behind anybody's back. */
export function demultiplex(source: Readable | Duplex, onChunk: (stream: OutputStream, chunk: Buffer) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  source.on('data', (data: Buffer) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    let offset = 0;
    while (pending.length - offset >= HEADER_BYTES) {
      const end = offset + HEADER_BYTES + pending.readUInt32BE(offset + 4);
      if (pending.length < end) break;
      onChunk(pending[offset] === 2 ? 'stderr' : 'stdout', pending.subarray(offset + HEADER_BYTES, end));
      offset = end;
    }
    pending = pending.subarray(offset);
  });
}

/** Cuts chunks into lines. A character or a line that spans chunks is put together; `flush` gives the unfinished rest. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  flush(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.onLine(rest);
  }
}

/** Resolves when a stream is over, however it ended. */
export function streamClosed(stream: Readable | Duplex): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.once('error', (error: Error) => resolve(error));
    stream.once('end', () => resolve(undefined));
    stream.once('close', () => resolve(undefined));
  });
}
