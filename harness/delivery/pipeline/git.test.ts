import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GitRepository, withoutHook } from './git';
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

describe('a repository that is pushed to', () => {
  it('names a commit, its tree and its time', async () => {
    const id = bare.commit({ 'a.txt': 'a' });
    const commit = await repository.commit('refs/heads/main');
    expect(commit).toEqual({
      id,
      tree: expect.stringMatching(/^[0-9a-f]{40}$/),
      committedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
    expect(await repository.tip('refs/heads/main')).toBe(id);
    expect(await repository.tip('refs/heads/other')).toBeUndefined();
  });

  it('gives equal files an equal tree, whatever the commit', async () => {
    const [one, two] = [bare.commit({ 'a.txt': 'a' }), bare.commit({}, { at: '2026-05-05T05:05:05Z' })];
    const three = bare.commit({ 'a.txt': 'b' });
    const trees = await Promise.all([one, two, three].map(async (id) => (await repository.commit(id)).tree));
    expect(trees[0]).toBe(trees[1]);
    expect(trees[2]).not.toBe(trees[1]);
  });

  it('checks out the files of a commit, at its time, and nothing else', async () => {
    const id = bare.commit({ 'a.txt': 'a', 'folder/b.txt': 'b' });
    bare.commit({ 'a.txt': 'newer' });
    const directory = join(bare.root, 'checkout');
    mkdirSync(join(directory, 'left-over'), { recursive: true });
    const commit = await repository.commit(id);
    await repository.checkout(commit, directory);
    expect(readFileSync(join(directory, 'a.txt'), 'utf8')).toBe('a');
    expect(readdirSync(directory).sort()).toEqual(['a.txt', 'folder']);
    for (const path of ['a.txt', 'folder', 'folder/b.txt']) {
      expect(statSync(join(directory, path)).mtimeMs).toBe(commit.committedAtMs);
    }
    expect(existsSync(`${directory}.index`)).toBe(false);
  });

  it('refuses a commit with a submodule by the submodule’s name', async () => {
    const id = bare.commit({ 'a.txt': 'a' });
    bare.git(['update-index', '--add', '--cacheinfo', `160000,${id},library`], bare.clone);
    bare.git(['commit', '--quiet', '-m', 'a submodule'], bare.clone);
    bare.push();
    const commit = await repository.commit('main');
    await expect(repository.checkout(commit, join(bare.root, 'checkout'))).rejects.toMatchObject({
      code: 'repository-unfit',
      message: expect.stringContaining('library'),
    });
  });

  it('adds notes to a commit beside those that it has, which a log shows', async () => {
    const id = bare.commit({ 'a.txt': 'a' });
    await repository.note(id, 'rolled back in production: errors');
    await repository.note(id, 'rolled back in production: slow');
    const log = bare.git(['log', '-1', '--notes=rollproof', '--format=%N', id]);
    expect(log).toMatch(/errors\s+rolled back in production: slow/);
  });

  it('says what is no repository, no bare one, and no commit', async () => {
    await expect(new GitRepository(join(bare.root, 'none')).requireBare()).rejects.toMatchObject({
      code: 'repository-unfit',
    });
    await expect(new GitRepository(join(bare.clone, '.git')).requireBare()).rejects.toMatchObject({
      message: expect.stringContaining('no bare repository'),
    });
    await expect(repository.requireBare()).resolves.toBeUndefined();
    await expect(repository.commit('nothing')).rejects.toMatchObject({
      message: expect.stringContaining('no commit nothing'),
    });
  });
});

it('forgets the repository whose hook it was started by, and nothing else', () => {
  const told = {
    GIT_DIR: '.',
    GIT_QUARANTINE_PATH: 'q',
    GIT_PUSH_OPTION_COUNT: '0',
    GIT_SSH_COMMAND: 'ssh',
    PATH: '/bin',
  };
  expect(withoutHook(told)).toEqual({ GIT_SSH_COMMAND: 'ssh', PATH: '/bin' });
});
