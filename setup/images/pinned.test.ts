import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';

interface Component {
  readonly name: string;
  readonly official: string;
}
const { COMPONENTS, BASE } = jest.requireActual<{ COMPONENTS: readonly Component[]; BASE: string }>('../manifest.js');

const STACK = join(__dirname, '..', '..', 'stack');
/** `${IMAGE_NODE:-node:1}` in a compose file, `ARG NODE_IMAGE=node:1` in a Dockerfile. */
const COMPOSE_DEFAULT = /\$\{IMAGE_([A-Z]+):-([^}]*)\}/g;
const DOCKERFILE_DEFAULT = /^ARG ([A-Z]+)_IMAGE=(.*)$/gm;

const pinned = new Map([['base', BASE], ...COMPONENTS.map(({ name, official }) => [name, official] as const)]);

function defaultImages(file: string, pattern: RegExp): [string, string, string][] {
  const text = readFileSync(join(STACK, file), 'utf8');
  return [...text.matchAll(pattern)].map(([, name = '', image = '']) => [file, name.toLowerCase(), image]);
}

const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const own = ['front', 'helper'].map((name) => `../harness/images/${name}/Dockerfile`);
const dockerfiles = [
  'observability/pager/Dockerfile',
  'services/Dockerfile',
  ...folders.map(({ name }) => `../setup/images/${name}/Dockerfile`),
  ...own,
];
const composeFiles = ['compose.yaml', 'observability/compose.yaml'];
/** Built from source in this repository, whoever has set up or not. */
const isOwn = (image: string) => /^(shop\/|rollproof\/pager:)/.test(image);
const images = [
  ...composeFiles.flatMap((file) => defaultImages(file, COMPOSE_DEFAULT)),
  ...dockerfiles.flatMap((file) => defaultImages(file, DOCKERFILE_DEFAULT)),
].filter(([, , image]) => !isOwn(image));

describe('an image that is named without setup', () => {
  it('is looked for in every file that names one', () => {
    expect([...new Set(images.map(([file]) => file))]).toEqual([...composeFiles, ...dockerfiles]);
  });

  it.each(images)('is the pinned one in %s: %s', (_, name, image) => {
    expect(image).toBe(pinned.get(name));
  });
});
