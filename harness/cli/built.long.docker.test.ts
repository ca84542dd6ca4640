import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { listTags, untagImage } from '../docker/images';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(240_000);

const QUICK = ['--strategy', 'blue-green', '--rise', '50', '--min-ready', '0.5', '--warmup', '20', '--window', '0.2'];
const STEPS = [...QUICK, '--bake', '0.5', '--load'];

let tiny: TinyProject;

/** What the image says of itself: another word is another build. */
const say = (word: string) => writeFileSync(join(tiny.directory, 'word'), word);

const answer = async () => (await fetch(`http://127.0.0.1:${tiny.port}/`)).text();

async function run(...args: readonly string[]): Promise<string> {
  const command = tiny.run([...args, ...CONFIG]);
  const exitCode = await command.exitCode();
  const said = `${command.stdout}${command.stderr}`;
  expect({ exitCode, said: exitCode === 0 ? '' : said }).toEqual({ exitCode: 0, said: '' });
  return said;
}

beforeAll(async () => {
  tiny = await TinyProject.create();
  const server = [
    "const word = require('node:fs').readFileSync('/word', 'utf8') + require('node:fs').readFileSync('/run/secrets/end', 'utf8');",
    "require('node:http').createServer((_, response) => response.end(word)).listen(8080);",
    "process.on('SIGTERM', () => process.exit(0));",
  ].join(' ');
  writeFileSync(join(tiny.directory, '.env'), "END='$!'\n");
  writeFileSync(
    tiny.composePath,
    JSON.stringify({
      services: {
        web: {
          build: { context: '.', dockerfile_inline: `FROM ${IMAGE}\nCOPY word /word\n` },
          container_name: 'the-only-web',
          entrypoint: ['node', '-e', server],
          ports: [`127.0.0.1:${tiny.port}:8080`],
          secrets: ['end'],
          networks: { six: { ipv4_address: '10.217.77.4' } },
        },
      },
      networks: {
        six: { enable_ipv6: true, ipam: { config: [{ subnet: '10.217.77.0/24' }, { subnet: 'fd77:217::/64' }] } },
      },
      secrets: { end: { environment: 'END' } },
    }),
  );
  say('first');
});

afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
  for (const tag of await listTags(`${tiny.project}-`)) await untagImage(tag);
});

it('brings up, deploys and releases what is only built, each time from the files as they are', async () => {
  const before = await run('status');
  expect(before).toContain('built first: web');
  expect(before).toContain('web: containers are called by Compose, and container_name is their name on the network');
  expect(await run('up')).toContain('building web');
  expect(await answer()).toBe('first$!');

  say('second');
  await run('deploy', 'web', ...STEPS);
  expect(await answer()).toBe('second$!');

  say('third');
  await run('release', ...STEPS);
  expect(await answer()).toBe('third$!');
});
