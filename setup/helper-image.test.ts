import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, it, jest } from '@jest/globals';

interface Entry {
  readonly name: string;
}
const { OWN } = jest.requireActual<{ OWN: readonly Entry[] }>('./manifest.js');
const { contextFiles } = jest.requireActual<{
  contextFiles: (entry: Entry) => { readonly name: string; readonly file: string }[];
}>('./build.js');

/** What a source takes in when it runs. Types are stripped, and with them the imports of nothing else. */
function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:^|\n)(?:import|export) (?!type )[^;]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/g);
  return [...found].map(([, from, later]) => from ?? later ?? '');
}

it('holds every source that the helper’s sources import, by its full name: Node resolves nothing else', () => {
  const sources = OWN.filter(({ name }) => name === 'helper')
    .flatMap(contextFiles)
    .filter(({ name }) => name.endsWith('.ts'));
  const names = sources.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['app/faults/agent/main.ts', 'app/front/config.ts']));
  const imported = sources.flatMap(({ name, file }) =>
    imports(file).map((one) => resolve('/', dirname(name), one).slice(1)),
  );
  expect(imported).toContain('app/front/config.ts');
  expect(imported.filter((one) => !names.includes(one))).toEqual([]);
});
