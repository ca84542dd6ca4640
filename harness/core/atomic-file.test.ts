import fs from 'node:fs';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createFileAtomic, linkAtomic, writeFileAtomic } from './atomic-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('replaces a file as a whole, with its mode, and leaves nothing beside it', () => {
  const path = join(folder, 'made', 'state.json');
  writeFileAtomic(path, 'a long first text');
  writeFileAtomic(path, 'short', { mode: 0o644, durable: false });
  expect(readFileSync(path, 'utf8')).toBe('short');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(statSync(join(folder, 'made')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, 'made'))).toEqual(['state.json']);
});

it('has the text on the disk before the name, and the name before it returns', () => {
  const done: string[] = [];
  const { fsyncSync, renameSync } = fs;
  jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
    done.push(`fsync of a ${fs.fstatSync(descriptor).isDirectory() ? 'folder' : 'file'}`);
    fsyncSync(descriptor);
  });
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    done.push('rename');
    renameSync(from, to);
  });
  writeFileAtomic(join(folder, 'state.json'), 'text');
  jest.restoreAllMocks();
  expect(done).toEqual(['fsync of a file', 'rename', 'fsync of a folder']);
});

it('keeps the old file, and no draft, when the new one cannot be put in its place', () => {
  const path = join(folder, 'taken');
  writeFileAtomic(join(path, 'inside'), 'x');
  expect(() => writeFileAtomic(path, 'y')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(folder)).toEqual(['taken']);
});

it('makes a file for the first one only', () => {
  const path = join(folder, 'lock');
  expect(createFileAtomic(path, 'first')).toBe(true);
  expect(createFileAtomic(path, 'second')).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('points a link elsewhere in one step', () => {
  writeFileSync(join(folder, 'one'), '1');
  linkAtomic('one', join(folder, 'latest'));
  linkAtomic('two', join(folder, 'latest'));
  expect(readlinkSync(join(folder, 'latest'))).toBe('two');
});
