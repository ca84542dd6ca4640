import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { StatusFacts } from './status-text';
import { CONFIG, TinyProject } from './testing/tiny-project';

jest.setTimeout(60_000);

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create();
  const more = { extra: { image: 'me/extra:${TAG:-none}' }, debug: { image: 'me/debug:1', profiles: ['debug'] } };
  mkdirSync(join(tiny.directory, 'in'));
  const files = { 'more.yaml': JSON.stringify({ services: more }), 'my.env': 'TAG=mine\n', 'in/.env': 'TAG=inside\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(tiny.directory, name), text);
});

afterAll(() => tiny[Symbol.asyncDispose]());

/** Images by the services that a stack would have which is told of by these words. */
async function images(...words: readonly string[]): Promise<Readonly<Record<string, string | null>>> {
  const command = tiny.run(['status', '--json', ...words, ...CONFIG]);
  expect({ exitCode: await command.exitCode(), errors: command.errors }).toEqual({ exitCode: 0, errors: '' });
  const { services } = JSON.parse(command.stdout) as StatusFacts;
  return Object.fromEntries(services.map(({ name, image }) => [name, image]));
}

const FILES = ['-f', 'compose.yaml', '-f', 'more.yaml'];

it('takes compose files, profiles and files of variables as docker compose does', async () => {
  expect(Object.keys(await images()).sort()).toEqual(['back', 'web']);
  const told = await images(...FILES, '--profile', 'debug', '--env-file', 'my.env');
  expect(told).toMatchObject({ extra: 'me/extra:mine', debug: 'me/debug:1' });
});

it('starts at the project directory that is named', async () => {
  expect(await images(...FILES, '--project-directory', 'in')).toMatchObject({ extra: 'me/extra:inside' });
});
