import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { LineSplitter, demultiplex } from './demux';
import { parseLine } from './logs';

function frame(stream: 1 | 2, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

describe('demultiplex', () => {
  it('puts frames together wherever the chunks are cut', () => {
    const all = Buffer.concat([frame(1, 'one\ntw'), frame(2, 'oops\n'), frame(1, 'o\nthree')]);
    for (let size = 1; size <= all.length; size++) {
      const lines: string[] = [];
      const out = new LineSplitter((line) => lines.push(`out ${line}`));
      const err = new LineSplitter((line) => lines.push(`err ${line}`));
      const source = new PassThrough();
      demultiplex(source, (stream, chunk) => (stream === 'stdout' ? out : err).push(chunk));
      for (let at = 0; at < all.length; at += size) source.emit('data', all.subarray(at, at + size));
      out.flush();
      expect(lines).toEqual(['out one', 'err oops', 'out two', 'out three']);
    }
  });

  it('does not tear a character', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from('größe\n');
    for (const byte of bytes) splitter.push(Buffer.from([byte]));
    expect(lines).toEqual(['größe']);
  });
});

describe('parseLine', () => {
  it('keeps the fraction of the time', () => {
    const line = parseLine('stdout', '2026-11-23T03:15:00.123456789Z {"a":1}');
    expect(line).toMatchObject({ text: '{"a":1}', stream: 'stdout' });
    expect(line.atMs).toBeCloseTo(Date.parse('2026-11-23T03:15:00Z') + 123.456, 2);
  });

  it('takes an empty line for one', () => {
    expect(parseLine('stderr', '2026-11-23T03:15:00Z ')).toMatchObject({ text: '' });
  });
});
