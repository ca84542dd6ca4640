import { join } from 'node:path';
import { beforeAll, expect, it, jest } from '@jest/globals';
import { captureCommand } from '../../harness/core/command';

interface Recipe {
  readonly name: string;
  readonly context: readonly { readonly from: string }[];
}
const { COMPONENTS, OWN, FOR_EVERY_STACK } = jest.requireActual<{
  COMPONENTS: readonly Recipe[];
  OWN: readonly Recipe[];
  FOR_EVERY_STACK: readonly string[];
}>('../../setup/manifest.js');
const { contextFiles } = jest.requireActual<{ contextFiles: (recipe: Recipe) => { file: string }[] }>(
  '../../setup/build.js',
);

let files: readonly string[];

beforeAll(async () => {
  // All but what the build adds, which takes a compiler.
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await captureCommand({ command: 'npm', args });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  files = packed?.files.map(({ path }) => path) ?? [];
}, 60_000);

it('packs the recipe of every image that setup supplies elsewhere', () => {
  const recipes = [...COMPONENTS, ...OWN.filter(({ name }) => FOR_EVERY_STACK.includes(name))];
  const needed = recipes.flatMap(contextFiles).map(({ file }) => file.slice(process.cwd().length + 1));
  expect(needed.length).toBeGreaterThan(30);
  expect(needed.filter((file) => !files.includes(file))).toEqual([]);
});

it('packs no test, and nothing that is of this repository alone', () => {
  expect(files.filter((file) => /\.test\.|\/testing\/|^(stack|scenarios|tools|docs|reports|\.)/.test(file))).toEqual(
    [],
  );
});

it('packs the programs that the commands setup and doctor run', () => {
  for (const name of ['main', 'doctor']) expect(files).toContain(join('setup', `${name}.js`));
});
