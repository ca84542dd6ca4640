import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { releasedBefore } from './merge-base';

// Real processes of git, with room for a busy machine.
jest.setTimeout(60_000);

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a', ...args], { cwd: folder, encoding: 'utf8' }).trim();
const commit = (text: string) => {
  writeFileSync(join(folder, 'compose.yaml'), text);
  git('add', '.');
  git('commit', '-q', '-m', text);
  return git('rev-parse', 'HEAD');
};
const base = () => releasedBefore(join(folder, 'compose.yaml'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'merge-base-'));
  git('init', '-q', '-b', 'main');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is where a branch left the trunk', async () => {
  const left = commit('one');
  git('checkout', '-q', '-b', 'feature');
  commit('two');
  commit('three');
  expect(await base()).toEqual({ commit: left, why: 'where this branch left main' });
});

it('is on the trunk the last commit, and the one before where nothing is changed', async () => {
  const [first, second] = [commit('one'), commit('two')];
  expect(await base()).toMatchObject({ commit: first });
  writeFileSync(join(folder, 'compose.yaml'), 'three');
  expect(await base()).toMatchObject({ commit: second });
});

it('is none without a commit, or without another version', async () => {
  await expect(base()).rejects.toMatchObject({ code: 'repository-unfit' });
  commit('one');
  await expect(base()).rejects.toThrow(/one commit/);
});
