import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { GitRepository } from './git';
import { writeHook } from './hook';
import { BareRepository } from './testing/bare-repository';

// Real processes of git, with room for a busy machine.
jest.setTimeout(60_000);

let bare: BareRepository;
let repository: GitRepository;
beforeEach(() => {
  bare = new BareRepository();
  repository = new GitRepository(bare.directory);
});
afterEach(() => bare[Symbol.dispose]());

/** Stands for rollproof: says what it was called with, where, and what of a repository it can see. */
function program(): string {
  const path = join(bare.root, "a program's name");
  writeFileSync(path, '#!/bin/sh\necho "called: $* in $(pwd), git ${GIT_DIR:-unset}, input $(cat | wc -c)"\n');
  chmodSync(path, 0o755);
  return path;
}

it('a push to a bare repository calls the pipeline with what was pushed, and says what it says', async () => {
  const directory = join(bare.root, 'state');
  mkdirSync(directory);
  const hook = await writeHook(repository, { command: [program(), '--repository', bare.directory], directory });
  expect(hook).toBe(join(bare.directory, 'hooks', 'post-receive'));
  const id = bare.commit({ 'a.txt': 'a' }, { push: false });
  expect(bare.push()).toContain(
    `remote: called: --repository ${bare.directory} --ref refs/heads/main --commit ${id} in ${directory}, git unset, input 0`,
  );
});

it('a push of several branches calls it for each, although the first call reads what there is to read', async () => {
  await writeHook(repository, { command: [program()], directory: bare.root });
  bare.commit({ 'a.txt': 'a' }, { push: false });
  const said = bare.git(['push', 'origin', 'main', 'main:other'], bare.clone);
  for (const branch of ['main', 'other']) expect(said).toContain(`called: --ref refs/heads/${branch} `);
});

it('is written again over one of ours, and over no other', async () => {
  const path = await writeHook(repository, { command: ['one'], directory: '/' });
  await writeHook(repository, { command: ['two'], directory: '/' });
  expect(readFileSync(path, 'utf8')).toContain('two --ref "$ref" --commit "$new"');
  writeFileSync(path, '#!/bin/sh\necho theirs\n');
  await expect(writeHook(repository, { command: ['three'], directory: '/' })).rejects.toMatchObject({
    code: 'hook-taken',
    hint: expect.stringContaining('three --ref "$ref"'),
  });
  expect(readFileSync(path, 'utf8')).toContain('theirs');
});
