import type { Readable } from 'node:stream';
import { engine, hasStatus } from './client';
import { LineSplitter, demultiplex, streamClosed, type OutputStream } from './demux';

/** A line that a container wrote, with the time at which the Engine took it. */
export interface LogLine {
  /** Wall ms of the Engine's host, with fractions. */
  readonly atMs: number;
  readonly text: string;
  readonly stream: OutputStream;
}

export interface FollowLogsOptions {
  /** Wall ms; only lines from then on. Default: all. */
  readonly sinceMs?: number;
  readonly onLine: (line: LogLine) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows a container's output until it stops, it is removed, or `signal` is aborted; then resolves. A restart of the
 * container ends it too: follow again from the last line's time.
 */
export async function followLogs(containerId: string, options: FollowLogsOptions): Promise<void> {
  if (options.signal.aborted) return;
  let source: Readable;
  try {
    source = (await engine()
      .getContainer(containerId)
      .logs({
        follow: true,
        stdout: true,
        stderr: true,
        timestamps: true,
        ...since(options.sinceMs),
      })) as unknown as Readable;
  } catch (error) {
    if (hasStatus(error, 404, 409)) return;
    throw error;
  }
  const stop = () => source.destroy();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  await consume(source, options.onLine);
  options.signal.removeEventListener('abort', stop);
}

/** Goes through what a container has written so far, line by line: a log may be larger than our memory. */
export async function scanLogs(
  containerId: string,
  options: Pick<FollowLogsOptions, 'sinceMs' | 'onLine'>,
): Promise<void> {
  const query = { follow: false, stdout: true, stderr: true, timestamps: true, ...since(options.sinceMs) };
  const source = await new Promise<Readable>((resolve, reject) => {
    // `Container.logs` hands a log that is not followed out as one buffer.
    engine().modem.dial(
      {
        path: `/containers/${containerId}/logs?`,
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 404: 'no such container', 409: 'container is being removed', 500: 'server error' },
        options: query,
      },
      (error: unknown, stream) => (error instanceof Error ? reject(error) : resolve(stream as Readable)),
    );
  });
  const error = await consume(source, options.onLine, { isWhole: true });
  if (error !== undefined) throw error;
}

/** What a container has written so far. `tail` limits it to the last lines. */
export async function readLogs(
  containerId: string,
  options: { readonly tail?: number; readonly sinceMs?: number } = {},
): Promise<LogLine[]> {
  const body = await engine()
    .getContainer(containerId)
    .logs({
      follow: false,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...since(options.sinceMs),
      ...(options.tail === undefined ? {} : { tail: options.tail }),
    });
  const lines: LogLine[] = [];
  forEachFrame(body, (stream, text) => lines.push(parseLine(stream, text)));
  return lines;
}

function forEachFrame(body: Buffer, onLine: (stream: OutputStream, text: string) => void): void {
  const splitters = {
    stdout: new LineSplitter((text) => onLine('stdout', text)),
    stderr: new LineSplitter((text) => onLine('stderr', text)),
  };
  for (let offset = 0; offset + 8 <= body.length;) {
    const end = offset + 8 + body.readUInt32BE(offset + 4);
    splitters[body[offset] === 2 ? 'stderr' : 'stdout'].push(body.subarray(offset + 8, end));
    offset = end;
  }
  splitters.stdout.flush();
  splitters.stderr.flush();
}

/** `isWhole`: what has no end of line at the end is a line too; else it may be half of one. */
async function consume(
  source: Readable,
  onLine: (line: LogLine) => void,
  { isWhole } = { isWhole: false },
): Promise<Error | undefined> {
  const splitters = {
    stdout: new LineSplitter((text) => onLine(parseLine('stdout', text))),
    stderr: new LineSplitter((text) => onLine(parseLine('stderr', text))),
  };
  demultiplex(source, (stream, chunk) => splitters[stream].push(chunk));
  const error = await streamClosed(source);
  if (isWhole) for (const splitter of Object.values(splitters)) splitter.flush();
  return error;
}

function since(sinceMs: number | undefined): { since?: number } {
  // The Engine takes seconds with a fraction; a number keeps microseconds.
  return sinceMs === undefined ? {} : { since: Number((sinceMs / 1_000).toFixed(6)) };
}

/** `2026-11-23T03:15:00.123456789Z text`: JavaScript's dates stop at ms, so the fraction is read apart. */
export function parseLine(stream: OutputStream, raw: string): LogLine {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z ?/.exec(raw);
  if (match === null) return { atMs: 0, text: raw, stream };
  const atMs = Date.parse(`${match[1]}Z`) + Number(`0.${match[2] ?? '0'}`) * 1_000;
  return { atMs, text: raw.slice(match[0].length), stream };
}
