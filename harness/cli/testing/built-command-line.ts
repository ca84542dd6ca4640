import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import type * as load from '../../load/load';
import type { CommandLine } from './command-line';

const SOURCE = resolve(__dirname, '..', '..');

/** Dynamic imports name files of the user's, which are no part of the build. */
const OPTIONS = {
  jsc: { target: 'es2024', parser: { syntax: 'typescript' }, rewriteRelativeImportExtensions: true },
  module: { type: 'commonjs', ignoreDynamic: true },
} as const;

/**
 * Builds the command line as plain JavaScript, in a folder that is removed when it is let go: a process of it starts in a fifth of the time, which
 * counts for whoever starts hundreds. A configuration must be one that Node reads by itself.
 */
export function buildCommandLine(): CommandLine & Disposable {
  const root = resolve('.rollproof', `built-${process.pid}`);
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const path = join(root, file.replace(/ts$/, 'js'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, transformSync(readFileSync(join(SOURCE, file), 'utf8'), OPTIONS).code);
  }
  const here = join(root, relative(SOURCE, __dirname));
  const { openLoad } = createRequire(join(root, 'index.js'))('./load/load.js') as typeof load;
  return {
    words: [join(here, '..', 'main.js')],
    preloading: (module) => `--require ${join(here, `${module}.js`)}`,
    openLoad,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
