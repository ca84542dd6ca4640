import { describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { childExit, forkModule, lastLines } from './child';

jest.setTimeout(30_000);

const worker = join(__dirname, '..', 'load', 'worker');

describe('forkModule', () => {
  it('runs a module from its source, and tells how it ended, also afterwards', async () => {
    const child = forkModule(worker);
    const stderr = lastLines(child);
    child.send({ type: 'stop', drainMs: 0 });
    expect(await childExit(child)).toEqual({ exitCode: 0, signal: null });
    expect(await childExit(child)).toEqual({ exitCode: 0, signal: null });
    expect(stderr()).toBe('');
  });

  it('keeps what a child said before it died', async () => {
    const child = forkModule(worker, [], { env: { NODE_OPTIONS: '--no-such-flag' } });
    const stderr = lastLines(child);
    expect((await childExit(child)).exitCode).not.toBe(0);
    expect(stderr()).toContain('--no-such-flag');
  });

  it('names the files of a module that is not there', () => {
    expect(() => forkModule(join(__dirname, 'nothing'))).toThrow(/nothing\.ts nor .*nothing\.js exists/);
  });
});
