import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

interface Job {
  name: string;
  needs?: string[];
  run(signal: AbortSignal): Promise<void>;
}
const { runJobs } = jest.requireActual<{ runJobs: (jobs: Job[], limit: number) => Promise<void> }>('./schedule.js');
const { listFiles, contentHash } = jest.requireActual<{
  listFiles: (from: string, to?: string) => { name: string; file: string }[];
  contentHash: (files: { name: string; file: string }[], facts?: string[]) => string;
}>('./hash.js');
const { isInstalled } = jest.requireActual<{ isInstalled: (lock: object, hidden: object) => boolean }>(
  './node-modules.js',
);
const { createProgress } = jest.requireActual<{
  createProgress: (
    output: { write(text: string): void; isTTY?: boolean },
    now: () => number,
  ) => {
    expect(count: number): void;
    start(name: string, what: string): void;
    done(name: string, note?: string): void;
    stop(): void;
  };
}>('./progress.js');
const { stepOf } = jest.requireActual<{ stepOf: (line: string) => string | undefined }>('./build.js');
const { withLock } = jest.requireActual<{
  withLock: <T>(progress: { line(text: string): void }, work: () => Promise<T>, file: string) => Promise<T>;
}>('./lock.js');
const { stream } = jest.requireActual<{
  stream: (
    command: string,
    args: readonly string[],
    options: { logFile: string; silenceMs: number },
  ) => Promise<number | null>;
}>('./processes.js');
const folder = (): string => mkdtempSync(join(tmpdir(), 'rollproof-setup-'));

describe('runJobs', () => {
  it('runs at most so many side by side, in order, each after what it needs', async () => {
    const started: string[] = [];
    let active = 0;
    let most = 0;
    const job = (name: string, needs: string[] = []): Job => ({
      name,
      needs,
      run: async () => {
        started.push(name);
        most = Math.max(most, ++active);
        await new Promise((resolve) => setImmediate(resolve));
        active--;
      },
    });
    await runJobs([job('base'), job('jaeger', ['base']), job('node', ['base']), job('postgres', ['base'])], 2);
    expect(started).toEqual(['base', 'jaeger', 'node', 'postgres']);
    expect(most).toBe(2);
  });

  it('aborts the others at the first failure and throws that one', async () => {
    let aborted = false;
    const slow: Job = {
      name: 'slow',
      run: (signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve();
          }),
        ),
    };
    const failing: Job = { name: 'failing', run: () => Promise.reject(new Error('step 3 failed')) };
    await expect(runJobs([slow, failing], 2)).rejects.toThrow('step 3 failed');
    expect(aborted).toBe(true);
  });
});

describe('contentHash', () => {
  const write = (content: string): string => {
    const directory = folder();
    mkdirSync(join(directory, 'node_modules'));
    writeFileSync(join(directory, 'node_modules', 'x.js'), 'installed');
    writeFileSync(join(directory, 'main.ts'), content);
    writeFileSync(join(directory, 'main.test.ts'), content);
    return directory;
  };

  it('is the same for the same content in another place, whatever is installed or tested there', () => {
    const [a, b] = [write('one'), write('one')];
    writeFileSync(join(b, 'main.test.ts'), 'changed');
    expect(listFiles(a).map(({ name }) => name)).toEqual(['main.ts']);
    expect(contentHash(listFiles(a))).toBe(contentHash(listFiles(b)));
  });

  it('changes with a file, its executable bit, its name and every fact', () => {
    const directory = write('one');
    const before = contentHash(listFiles(directory), ['DEFECT=good', 'sha256:1']);
    const others = [
      contentHash(listFiles(write('two')), ['DEFECT=good', 'sha256:1']),
      contentHash(listFiles(directory, 'app'), ['DEFECT=good', 'sha256:1']),
      contentHash(listFiles(directory), ['DEFECT=slow', 'sha256:1']),
      contentHash(listFiles(directory), ['DEFECT=good', 'sha256:2']),
    ];
    chmodSync(join(directory, 'main.ts'), 0o755);
    others.push(contentHash(listFiles(directory), ['DEFECT=good', 'sha256:1']));
    expect(new Set([before, ...others]).size).toBe(6);
  });
});

describe('isInstalled', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1', integrity: 'x' },
      'node_modules/b': { version: '2', optional: true },
    },
  };

  it('accepts a tree that a person installed, without packages for other systems', () => {
    expect(isInstalled(lock, { packages: { 'node_modules/a': { version: '1', integrity: 'x' } } })).toBe(true);
  });

  it('refuses another version, a lack and a surplus', () => {
    expect(isInstalled(lock, { packages: { 'node_modules/a': { version: '2', integrity: 'y' } } })).toBe(false);
    expect(isInstalled(lock, { packages: {} })).toBe(false);
    const surplus = { 'node_modules/a': { version: '1', integrity: 'x' }, 'node_modules/c': { version: '1' } };
    expect(isInstalled(lock, { packages: surplus })).toBe(false);
  });
});

describe('createProgress', () => {
  it('writes plain lines when the output is no terminal', () => {
    let text = '';
    let now = 0;
    const progress = createProgress({ write: (part) => (text += part) }, () => now);
    progress.expect(1);
    progress.start('jaeger', 'building');
    now = 65_000;
    progress.done('jaeger', 'built');
    expect(text).toBe('setup: jaeger: building\nsetup: jaeger: built (1 min 5 s)\n');
  });

  it('shows on a terminal what runs and how much is to come', () => {
    let text = '';
    const progress = createProgress({ write: (part) => (text += part), isTTY: true }, () => 0);
    progress.expect(3);
    progress.start('jaeger', 'building');
    progress.stop();
    expect(text).toContain('jaeger  0 s  building');
    expect(text).toContain('2 more to come');
  });
});

describe('createProgress in a plain log', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('says every 30 s what still runs and how much is to come, and of nothing to come it says nothing', () => {
    const lines: string[] = [];
    const progress = createProgress({ write: (text) => void lines.push(text) }, () => jest.now());
    progress.expect(3);
    progress.start('jaeger', 'building');
    jest.advanceTimersByTime(29_999);
    expect(lines.splice(0)).toEqual(['setup: jaeger: building\n']);
    jest.advanceTimersByTime(1);
    expect(lines.splice(0)).toEqual(['setup: still at jaeger (30 s: building); 2 more to come\n']);
    progress.expect(-1);
    jest.advanceTimersByTime(30_000);
    expect(lines.splice(0)).toEqual(['setup: still at jaeger (1 min 0 s: building); 1 more to come\n']);
    progress.expect(-1);
    jest.advanceTimersByTime(30_000);
    expect(lines.splice(0)).toEqual(['setup: still at jaeger (1 min 30 s: building)\n']);
    progress.done('jaeger');
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual(['setup: jaeger: done (1 min 30 s)\n']);
  });
});

describe('stepOf', () => {
  it('finds the step in a line of BuildKit, and nothing elsewhere', () => {
    expect(
      stepOf('#9 [build 4/6] RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export X=1; fi; go   build'),
    ).toBe('[build 4/6] RUN go build');
    expect(stepOf('#9 12.3 compiling')).toBeUndefined();
  });
});

describe('stream', () => {
  it('ends a command that hangs, and leaves one that speaks', async () => {
    const logFile = join(folder(), 'log');
    expect(await stream('sleep', ['30'], { logFile, silenceMs: 50 })).toBeNull();
    expect(readFileSync(logFile, 'utf8')).toContain('no output for 0.05 s: ended');
    const speaking = ['-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do echo $i; sleep 0.1; done'];
    expect(await stream('sh', speaking, { logFile, silenceMs: 1_500 })).toBe(0);
  });
});

describe('withLock', () => {
  it('takes over the lock of a dead process, and gives it back after a failure', async () => {
    const file = join(folder(), 'lock');
    writeFileSync(file, '999999999');
    const progress = { line: () => undefined };
    await expect(withLock(progress, () => Promise.reject(new Error('build failed')), file)).rejects.toThrow(
      'build failed',
    );
    expect(existsSync(file)).toBe(false);
  });

  it('takes over the lock of a process whose number another one has now, and waits for a living one', async () => {
    const file = join(folder(), 'lock');
    const said: string[] = [];
    const progress = { line: (text: string) => void said.push(text) };
    writeFileSync(file, `${process.pid} 1`);
    await withLock(progress, async () => undefined, file);
    expect(said).toEqual([]);
    const first = Promise.withResolvers<void>();
    const order: string[] = [];
    const holding = withLock(progress, () => first.promise.then(() => order.push('first')), file);
    const waiting = withLock(progress, async () => order.push('second'), file);
    expect(said).toEqual([`another setup of this clone runs (process ${process.pid}): waiting for it`]);
    first.resolve();
    await Promise.all([holding, waiting]);
    expect(order).toEqual(['first', 'second']);
  });
});
