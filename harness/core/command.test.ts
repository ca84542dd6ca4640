import { describe, expect, it, jest } from '@jest/globals';
import { captureCommand, runCommand } from './command';
import { poll } from './poll';

// Processes, with room for a busy machine.
jest.setTimeout(60_000);

const sh = (script: string) => ({ command: 'sh', args: ['-c', script] });

describe('a command', () => {
  it('tells what it said and how it ended', async () => {
    expect(await captureCommand(sh('echo out; echo err >&2; exit 3'))).toEqual({
      ...{ exitCode: 3, how: 'exit code 3' },
      ...{ stdout: 'out\n', stderr: 'err\n' },
    });
    expect(await captureCommand(sh('kill -KILL $$'))).toMatchObject({ exitCode: null, how: 'was ended by SIGKILL' });
  });

  it('that is not there is told like any other end', async () => {
    const end = await runCommand({ command: '/nowhere/at-all', args: [] });
    expect(end).toEqual({
      exitCode: null,
      how: expect.stringContaining('cannot be run: spawn /nowhere/at-all ENOENT'),
    });
  });

  it('is ended with all that it started when its time is over', async () => {
    let pid = '';
    const end = await runCommand({
      ...sh('sleep 600 & echo $!; wait'),
      timeoutMs: 300,
      onOutput: (chunk) => (pid += chunk.toString('utf8')),
    });
    expect(end).toEqual({ exitCode: null, how: 'did not end within 300 ms' });
    await poll(() => (isThere(Number(pid)) ? undefined : true), {
      condition: 'its child has ended',
      timeoutMs: 20_000,
    });
  });

  it('is ended by an abort, whose reason it rejects with', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const onOutput = () => abort.abort(reason);
    await expect(runCommand({ ...sh('echo begun; sleep 600'), signal: abort.signal, onOutput })).rejects.toBe(reason);
    await expect(runCommand({ ...sh('exit 0'), signal: abort.signal })).rejects.toBe(reason);
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
