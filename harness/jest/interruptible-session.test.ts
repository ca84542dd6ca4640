import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { startInterruptibly, type SignalHost } from './interruptible-session';

/** A process that records its exit and goes no further. */
class FakeHost extends EventEmitter implements SignalHost {
  readonly exited = Promise.withResolvers<number>();

  exit(code: number): never {
    this.exited.resolve(code);
    throw new Error('the process has ended');
  }
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('an interruption', () => {
  it('reaches a stack that is still coming up, which cleans up; then the exit code says so', async () => {
    const host = new FakeHost();
    const seen: string[] = [];
    const starting = startInterruptibly(async (signal) => {
      await untilAborted(signal).catch((error: Error) => {
        seen.push(`${error.message}, cleaned up`);
        throw error;
      });
      return { finish: async () => undefined };
    }, host);
    host.emit('SIGINT');
    await expect(starting).rejects.toThrow('the process has ended');
    expect(seen).toEqual(['interrupted by SIGINT, cleaned up']);
    expect(await host.exited.promise).toBe(130);
  });

  it('of a stack that is up takes it down, once, however often the signal comes', async () => {
    const host = new FakeHost();
    let finished = 0;
    const closing = Promise.withResolvers<void>();
    await startInterruptibly(async () => ({ finish: () => ((finished += 1), closing.promise) }), host);
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    expect(finished).toBe(1);
  });

  it('that does not come leaves a session, and an error as it was', async () => {
    const host = new FakeHost();
    const session = { finish: async () => undefined };
    await expect(startInterruptibly(async () => session, host)).resolves.toBe(session);
    await expect(startInterruptibly(() => Promise.reject(new Error('no engine')), host)).rejects.toThrow('no engine');
  });
});
