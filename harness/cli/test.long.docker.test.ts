import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { loadConfigFile } from '../contract/config-file';
import { withoutHook } from '../delivery/pipeline/git';
import { engine } from '../docker/client';
import { sweepProject } from '../docker/sweep';
import { readSupply, supplied } from '../docker/supply';
import { Command } from './testing/command';

jest.setTimeout(900_000);

/** A build, a stack and a release are done within a minute on an idle machine, and have this long on a busy one, ms. */
const DONE_MS = 400_000;

const SHORT = ['--rise', '10', '--min-ready', '2', '--bake', '5', '-c', 'rollproof.config.ts'];

/** The guestbook, as somebody has it who cloned it. */
let folder: string;
let project: string;

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
    ...{ cwd: folder, env: withoutHook() },
  });
// Any Debian 13 will do: that which is here.
const run = async (...args: readonly string[]) => {
  await using command = new Command(folder, args, { GUESTBOOK_BASE: supplied(readSupply(), 'node') });
  const exitCode = await command.exitCode(DONE_MS);
  return { exitCode, text: command.stdout + command.stderr };
};
const edit = (file: string, from: string, to: string) => {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'guestbook-')));
  cpSync(resolve('examples', 'guestbook'), folder, { recursive: true });
  cpSync(resolve('.rollproof', 'images.json'), join(folder, '.rollproof', 'images.json'));
  git('init', '--quiet', '--initial-branch', 'main');
  const init = await run('init', '--yes', '--look', '15s');
  expect(init).toMatchObject({ exitCode: 0 });
  ({ project } = await loadConfigFile(join(folder, 'rollproof.config.ts')));
  git('add', '--all', '--', ':!.rollproof', ':!reports');
  git('commit', '--quiet', '--message', 'one');
});
afterAll(async () => {
  await sweepProject(project);
  for (const service of ['app', 'redis', 'web', 'worker']) {
    await engine().getImage(`${project}-${service}`).remove({ force: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

it('releases a good change of the working tree over the last commit', async () => {
  edit('app/guestbook.py', '{words} words', '{words} words so far');
  const { exitCode, text } = await run('test', ...SHORT);
  expect({ exitCode, text }).toEqual({ exitCode: 0, text: expect.stringContaining('rolled out app') });
});

it('takes a bad one back, and says what was wrong with it', async () => {
  edit(
    'app/guestbook.py',
    'def show():\n',
    'def show():\n    if os.urandom(1)[0] % 4 == 0:\n        raise RuntimeError\n',
  );
  const { exitCode, text } = await run('test', ...SHORT);
  expect({ exitCode, text }).toEqual({
    exitCode: 1,
    text: expect.stringMatching(/went back: app-r2 failed \d+ of \d+/),
  });
});
