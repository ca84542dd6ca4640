import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { currentContext } from './client';
import { LineSplitter, demultiplex } from './demux';
import { ToldEvents } from './events';
import { parseLine } from './logs';
import { useOurEngine } from './testing/our-engine';

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

describe('the current context', () => {
  const before = { ...process.env };
  afterEach(() => void (process.env = { ...before }));

  /** Makes a context, and a folder of `docker`'s settings that is to name it. Returns where its certificates belong too. */
  function context(name: string, host: string): { readonly config: string; readonly tls: string } {
    const directory = mkdtempSync(join(tmpdir(), 'docker-config-'));
    const hash = createHash('sha256').update(name).digest('hex');
    const meta = join(directory, 'contexts', 'meta', hash);
    mkdirSync(meta, { recursive: true });
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
    process.env['DOCKER_CONFIG'] = directory;
    delete process.env['DOCKER_CONTEXT'];
    return { config: join(directory, 'config.json'), tls: join(directory, 'contexts', 'tls', hash, 'docker') };
  }

  it('names its Engine, and nothing when it is the default or unknown', () => {
    const host = 'unix:///run/user/1000/docker.sock';
    const { config } = context('rootless', host);
    expect(currentContext()).toBeUndefined();
    writeFileSync(config, JSON.stringify({ currentContext: 'rootless' }));
    expect(currentContext()).toEqual({ host });
    process.env['DOCKER_CONTEXT'] = 'default';
    expect(currentContext()).toBeUndefined();
    process.env['DOCKER_CONTEXT'] = 'gone';
    expect(currentContext).toThrow('docker context gone is not known');
  });

  it('is where testcontainers goes too, unless DOCKER_HOST says otherwise', () => {
    const { config, tls } = context('far', 'tcp://far:2376');
    const told = (environment: NodeJS.ProcessEnv = {}) => {
      useOurEngine(environment);
      return environment;
    };
    expect(told()).not.toHaveProperty('DOCKER_HOST');
    writeFileSync(config, JSON.stringify({ currentContext: 'far' }));
    expect(told()).toMatchObject({ DOCKER_HOST: 'tcp://far:2376' });
    expect(told()).not.toHaveProperty('DOCKER_TLS_VERIFY');
    mkdirSync(tls, { recursive: true });
    writeFileSync(join(tls, 'ca.pem'), '');
    expect(told()).toMatchObject({ DOCKER_HOST: 'tcp://far:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: tls });
    expect(told({ DOCKER_HOST: 'unix:///mine.sock' })).toMatchObject({ DOCKER_HOST: 'unix:///mine.sock' });
  });
});

describe('told events', () => {
  const event = (id: string, atMs: number, action = 'start') => ({
    Action: action,
    Actor: { ID: id, Attributes: {} },
    timeNano: atMs * 1e6,
  });

  it('are new in whatever order they come, and once only', () => {
    const told = new ToldEvents(1_000);
    expect(told.isNew(event('b', 2_001))).toBe(true);
    // The Engine took its time first and published it second.
    expect(told.isNew(event('a', 2_000))).toBe(true);
    expect(told.isNew(event('a', 2_000, 'die'))).toBe(true);
    expect(told.isNew(event('a', 2_001))).toBe(true);
    for (const again of [event('b', 2_001), event('a', 2_000), event('a', 2_001)])
      expect(told.isNew(again)).toBe(false);
  });

  it('are asked for again from the start, and later from a little before the latest', () => {
    const told = new ToldEvents(1_000);
    expect(told.sinceMs).toBe(1_000);
    told.isNew(event('a', 5_000));
    expect(told.sinceMs).toBe(1_000);
    told.isNew(event('b', 60_000));
    told.isNew(event('c', 59_000));
    expect(told.sinceMs).toBe(50_000);
    expect(told.isNew(event('c', 59_000))).toBe(false);
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
