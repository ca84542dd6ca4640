import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { moduleCommand } from '../core/child';
import { captureCommand } from '../core/command';

// Each test starts processes, which a busy machine lets wait.
jest.setTimeout(60_000);

async function rollproof(...words: readonly string[]): Promise<string> {
  const [command = '', ...args] = moduleCommand(join(__dirname, 'main'));
  return (await captureCommand({ command, args: [...args, ...words] })).stdout;
}

/** What may come next, as the shell is told. */
async function completed(...words: readonly string[]): Promise<string[]> {
  const lines = (await rollproof('complete', '--', ...words)).split('\n');
  return lines.flatMap((line) => (line === '' || line.startsWith(':') ? [] : [line.split('\t')[0] ?? '']));
}

describe('completion', () => {
  it('knows commands by how they begin', async () => {
    expect(await completed('re')).toEqual(['retry', 'release', 'resume', 'report']);
  });

  it('knows the flags of a command, and the words that it has a choice of', async () => {
    expect(await completed('doctor', '--j')).toEqual(['--json']);
    expect(await completed('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('is a script that the shell can read', async () => {
    const script = await rollproof('completion', 'bash');
    expect(await captureCommand({ command: 'bash', args: ['-n', '-c', script] })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(script).toMatch(/^complete .*\brollproof$/m);
  });
});
