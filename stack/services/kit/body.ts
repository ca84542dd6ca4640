import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error';

/** A body over the limit is still taken in up to this many times the limit, so that its sender gets to read the 413. */
const DISCARD_FACTOR = 64;

/** The whole body as text. Throws `HttpError` 413 when it is longer than `limitBytes`. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = (): void => reject(new HttpError(413, 'body-too-large', `the body is over ${limitBytes} bytes`));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) {
        chunks.push(chunk);
      } else if (bytes > limitBytes * DISCARD_FACTOR) {
        request.pause();
        tooLarge();
      }
    });
    request.once('end', () => (bytes > limitBytes ? tooLarge() : resolve(Buffer.concat(chunks).toString('utf8'))));
    request.once('error', (cause) => reject(new HttpError(400, 'incomplete-body', 'the body ended early', { cause })));
  });
}

/** Parses JSON. Throws `HttpError` 400. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new HttpError(400, 'bad-json', 'the body is not JSON', { cause });
  }
}
