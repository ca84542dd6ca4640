import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { poll } from '../../harness/core/poll';
import { exitCodeOf, type Gate } from './gate';
import { runStages } from './verify';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-verify-'));
let files = 0;
const newFile = (): string => join(directory, `${files++}`);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function gate(name: string, program: string, more: Partial<Gate> = {}): Gate {
  return { name, command: [process.execPath, '-e', program], ...more };
}

async function outcome(stages: readonly (readonly Gate[])[], signal = new AbortController().signal) {
  let text = '';
  const code = await runStages(stages, signal, (more) => {
    text += more;
  });
  return { code, text };
}

interface Written {
  readonly failed: number;
  readonly brokenFiles?: number;
  readonly verdict?: string;
  readonly inconclusive?: number;
  readonly skipped?: number;
  readonly exitCode: number;
}

/** A gate that leaves the files which Jest and the run would, and ends as Jest does. */
function scenarioGate({ failed, brokenFiles = 0, verdict, inconclusive = 0, skipped = 0, exitCode }: Written): Gate {
  const [resultPath, summaryPath] = [newFile(), newFile()];
  const counts = {
    numPassedTests: 2,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: brokenFiles,
    numPendingTests: 0,
  };
  const summary = { run: 'this-run', verdict, counts: { inconclusive, skipped } };
  const write = (path: string, value: unknown) =>
    `fs.writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(JSON.stringify(value))});`;
  const program = `${write(resultPath, counts)} ${verdict === undefined ? '' : write(summaryPath, summary)} process.exit(${exitCode})`;
  return gate('scenarios', program, { resultPath, summaryPath });
}

describe('the gates of npm test', () => {
  it('pass with 0, and one that fails makes it 1 while the others still run', async () => {
    expect((await outcome([[gate('a', '')], [gate('b', '')]])).code).toBe(0);
    const { code, text } = await outcome([[gate('a', 'process.exit(2)')], [gate('b', '')]]);
    expect(code).toBe(1);
    expect(text).toContain('✗ a ');
    expect(text).toContain('✓ b ');
    expect(text).toMatch(/\n\n1 passed, 1 failed\n$/);
  });

  it('run side by side in one stage, and print in order', async () => {
    const [first, second] = [newFile(), newFile()];
    // Each waits for the other: one after the other, neither would end.
    const meet = (mine: string, other: string) =>
      `fs.writeFileSync(${JSON.stringify(mine)}, ''); console.log('out'); console.error('err');
       const timer = setInterval(() => fs.existsSync(${JSON.stringify(other)}) && clearInterval(timer), 5);`;
    const { code, text } = await outcome([[gate('a', meet(first, second)), gate('b', meet(second, first))]]);
    expect(code).toBe(0);
    const order = ['── a', 'out', '── b', 'out', '✓ a', '✓ b'].reduce((from, part) => text.indexOf(part, from) + 1, 0);
    expect(order).toBeGreaterThan(0);
    expect(text.match(/out|err/g)).toHaveLength(4);
  });

  it('count what a run skipped as skipped, and not as passed', async () => {
    const gates = [[scenarioGate({ failed: 0, verdict: 'passed', skipped: 1, exitCode: 0 })]];
    const { code, text } = await outcome(gates);
    expect(code).toBe(0);
    expect(text).toMatch(/\n1 skipped\n1 passed, 0 failed\n$/);
  });

  it('a test runner that counted nothing has failed, whatever its exit code', async () => {
    expect((await outcome([[gate('a', '', { resultPath: newFile() })]])).code).toBe(1);
  });

  it('a run that ended badly after its last scenario has failed', async () => {
    expect((await outcome([[scenarioGate({ failed: 0, verdict: 'passed', exitCode: 0 })]])).code).toBe(0);
    expect((await outcome([[scenarioGate({ failed: 0, verdict: 'error', exitCode: 0 })]])).code).toBe(1);
  });

  it('a program that does not exist has failed', async () => {
    expect((await outcome([[{ name: 'a', command: [newFile()] }]])).code).toBe(1);
  });
});

describe('scenarios without an answer', () => {
  it('make it 3 when nothing else failed', async () => {
    const inconclusive = { failed: 1, verdict: 'inconclusive', inconclusive: 1, exitCode: 1 };
    const { code, text } = await outcome([[scenarioGate(inconclusive)]]);
    expect(code).toBe(3);
    expect(text).toContain('2 passed, 0 failed, 1 inconclusive');
    expect(text).toMatch(/\n1 inconclusive\n2 passed, 0 failed\n$/);
    expect((await outcome([[gate('a', 'process.exit(1)')], [scenarioGate(inconclusive)]])).code).toBe(1);
  });

  it('do not hide a failed one, a file that could not be loaded, or the verdict of an earlier run', async () => {
    const one = { verdict: 'inconclusive', inconclusive: 1, exitCode: 1 };
    expect((await outcome([[scenarioGate({ ...one, failed: 1, verdict: 'failed' })]])).code).toBe(1);
    expect((await outcome([[scenarioGate({ ...one, failed: 1, brokenFiles: 1 })]])).code).toBe(1);
    expect((await outcome([[scenarioGate({ ...one, failed: 0 })]])).code).toBe(1);
    const stale = scenarioGate({ failed: 1, exitCode: 1 });
    const earlier = { run: 'earlier', verdict: 'inconclusive', counts: { inconclusive: 1 } };
    writeFileSync(stale.summaryPath ?? '', JSON.stringify(earlier));
    expect((await outcome([[stale]])).code).toBe(1);
  });

  it('that cannot run here make it 2, unless something failed', async () => {
    const cannot = gate('scenarios', 'process.exit(2)', { resultPath: newFile(), summaryPath: newFile() });
    const { code, text } = await outcome([[cannot]]);
    expect(code).toBe(2);
    expect(text).toContain('cannot run here');
    expect(exitCodeOf(['cannot-run', 'failed', 'inconclusive'])).toBe(1);
    expect(exitCodeOf(['inconclusive', 'cannot-run'])).toBe(2);
  });
});

describe('an interrupted npm test', () => {
  it('signals the gate once, waits until it has cleaned up, starts no other, and is 130', async () => {
    const [ready, signals, later] = [newFile(), newFile(), newFile()];
    const cleansUp = `
      process.on('SIGTERM', () => {
        fs.appendFileSync(${JSON.stringify(signals)}, 'signal ');
        setTimeout(() => { fs.appendFileSync(${JSON.stringify(signals)}, 'clean'); process.exit(0); }, 150);
      });
      setInterval(() => undefined, 1000);
      fs.writeFileSync(${JSON.stringify(ready)}, 'ready');`;
    const abort = new AbortController();
    const stages = [[gate('a', cleansUp)], [gate('b', `fs.writeFileSync(${JSON.stringify(later)}, '')`)]];
    const ended = outcome(stages, abort.signal);
    await poll(() => (readOr(ready) === 'ready' ? true : undefined), {
      condition: 'the gate listens',
      timeoutMs: 10_000,
      intervalMs: 5,
    });
    abort.abort();
    const { code, text } = await ended;
    expect(code).toBe(130);
    expect(readOr(signals)).toBe('signal clean');
    expect(readOr(later)).toBeUndefined();
    expect(text).toContain('interrupted');
    expect(text).not.toContain('── b');
  });

  it('starts nothing when the signal came before', async () => {
    const { code, text } = await outcome([[gate('a', '')]], AbortSignal.abort());
    expect(code).toBe(130);
    expect(text).not.toContain('── a');
  });
});

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
