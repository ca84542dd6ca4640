import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { commandLine } from './command-line';
import { PACKAGE_ROOT, isInstalled } from './package-root';

it.each([
  ['up', 'npm run up', 'npx rollproof up'],
  ['up -c mine.ts', 'npm run up -- -c mine.ts', 'npx rollproof up -c mine.ts'],
  ['undo api', 'npm run rollproof -- undo api', 'npx rollproof undo api'],
  ['status --json', 'npm run --silent rollproof -- status --json', 'npx rollproof status --json'],
])('says %s as the person at hand types it', (words, here, installed) => {
  expect([commandLine(words, false), commandLine(words, true)]).toEqual([here, installed]);
  expect(commandLine(words)).toBe(here);
});

it('names only scripts that there are', () => {
  const { scripts } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const command of ['doctor', 'down', 'rules', 'setup', 'up']) expect(scripts).toHaveProperty(command);
});

it('finds the repository, and knows it for one', () => {
  expect(existsSync(join(PACKAGE_ROOT, 'harness', 'core', 'package-root.ts'))).toBe(true);
  expect(isInstalled).toBe(false);
});
