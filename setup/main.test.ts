import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, jest } from '@jest/globals';

// Each test starts processes, which a busy machine lets wait.
jest.setTimeout(60_000);

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a copy of set-up with this `docker`. Beside the copy all node_modules are what the lock file asks for. */
async function setUp(docker: string): Promise<Outcome & { readonly directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'rollproof-main-'));
  cpSync(__dirname, join(directory, 'setup'), { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
  const lock = JSON.stringify({ packages: { 'node_modules/node': { version: '24.0.0' } } });
  mkdirSync(join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"devDependencies":{"node":"24.0.0"}}');
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json'])
    writeFileSync(join(directory, file), lock);
  const commands = join(directory, 'bin');
  mkdirSync(commands);
  writeFileSync(join(commands, 'docker'), `#!/bin/sh\n${docker}\n`);
  chmodSync(join(commands, 'docker'), 0o755);
  const child = spawn(process.execPath, [join(directory, 'setup', 'main.js')], {
    cwd: directory,
    env: { PATH: `${commands}${delimiter}${process.env['PATH']}`, ROLLPROOF_NO_INSTALL: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr, directory };
}

it('ends with 2 on an Engine that is too old, and names found and needed', async () => {
  const version = '{"Client":{"Version":"26.1.5"},"Server":{"Version":"20.10.24","Os":"linux"}}';
  const { code, stdout, stderr } = await setUp(`case "$1" in
    version) echo '${version}' ;;
    compose) echo 2.26.1 ;;
    buildx) echo 'github.com/docker/buildx 0.13.1' ;;
    context) echo default ;;
  esac`);
  expect(stderr).toMatch(/^setup: cannot run here: Docker Engine 20\.10\.24 found, 25\.0 or newer needed\n {2}\S/);
  expect(stderr).toContain('\n  Upgrade it: https:');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

it('ends with 130 when it is interrupted, and first ends a docker that hangs', async () => {
  const { directory, ...outcome } = await setUp(
    'echo $$ >>pids; if [ "$1" = version ]; then kill -INT $PPID; fi; exec sleep 30',
  );
  const pids = readFileSync(join(directory, 'pids'), 'utf8').trimEnd().split('\n').map(Number);
  const alive = pids.filter((pid) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
  });
  expect(pids).not.toHaveLength(0);
  expect(alive).toEqual([]);
  expect(outcome).toEqual({
    code: 130,
    stdout: '',
    stderr: 'setup: interrupted; what was built so far is kept, the same command goes on from there\n',
  });
});

it('leaves standard output to the command that it runs before', () => {
  const words = ['-e', "require('./progress').createProgress().line('nothing to do')"];
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: __dirname, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'setup: nothing to do\n' });
});
