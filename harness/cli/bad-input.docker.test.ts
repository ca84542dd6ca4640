import { beforeAll, expect, it, jest } from '@jest/globals';
import { CONFIG, IMAGE, TinyProject, type TinyOptions } from './testing/tiny-project';

jest.setTimeout(240_000);

interface BadInput extends TinyOptions {
  readonly why: string;
  readonly args: readonly string[];
  readonly error: RegExp;
}

const UP = ['up', ...CONFIG];

/** What needs no Engine to be known; there is none. */
const CASES: readonly BadInput[] = [
  {
    why: 'a scenario file that does not exist',
    args: ['start', 'absent.ts', ...CONFIG],
    error: /^no-scenarios: no scenario file at absent\.ts\n {2}hint: .+$/,
  },
  {
    why: 'a configuration that does not exist',
    args: ['up', '-c', 'absent.ts'],
    error: /^config-not-found: no configuration at absent\.ts\n {2}hint: .+$/,
  },
  {
    why: 'every problem of a configuration, and its file',
    args: UP,
    config: `export const config = { name: 'tiny', composeFiles: [], managed: {} };`,
    error: /^config-invalid: \/\S+\/rollproof\.config\.ts: composeFiles: .+; load: .+\n {2}hint: .+$/,
  },
  {
    why: 'a configuration that cannot be loaded',
    args: UP,
    config: 'export const config = {',
    error: /^config-invalid: \/\S+\/rollproof\.config\.ts cannot be loaded: [\s\S]+\n {2}hint: .+$/,
  },
  {
    why: 'an Engine that does not answer',
    args: UP,
    error: /^engine-unreachable: no Docker Engine answers: .+\n {2}hint: .+$/,
  },
];

const said = new Map<string, { exitCode: number | null; stdout: string; error: string }>();

/** All at once: each starts a process that compiles as it goes. */
beforeAll(async () => {
  await Promise.all(
    CASES.map(async ({ why, args, ...options }) => {
      await using tiny = await TinyProject.create(options);
      const command = tiny.run(args, { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
      const exitCode = await command.exitCode();
      said.set(why, { exitCode, stdout: command.stdout, error: command.errors });
    }),
  );
});

it.each(CASES)('names $why, and exits with 2', ({ why, error }) => {
  expect(said.get(why)).toEqual({ exitCode: 2, stdout: '', error: expect.stringMatching(error) });
});

/** Runs `up`, which must refuse and leave nothing; returns what it said. */
async function refused(options: TinyOptions): Promise<{ error: string; tiny: TinyProject }> {
  await using tiny = await TinyProject.create(options);
  const command = tiny.run(UP);
  expect(await command.exitCode()).toBe(2);
  expect(command.stdout).toBe('');
  expect(await tiny.traces()).toEqual([]);
  return { error: command.errors, tiny };
}

it('names the compose file that does not parse, with a command that can be pasted', async () => {
  const { error, tiny } = await refused({ compose: 'services: [' });
  expect(error).toMatch(/^compose-invalid: /);
  expect(error.split('\n').at(-1)).toBe(`  hint: Check it with: docker compose -f ${tiny.composePath} config`);
});

it('names a managed service that the compose project does not have', async () => {
  const { error } = await refused({ managed: ['web', 'absent'] });
  expect(error).toMatch(
    /^unknown-service: \/\S+\/rollproof\.config\.ts: managed names absent, .+\n {2}hint: Its services are back, web\.$/,
  );
});

it('names the service whose image cannot be built, and what the builder said', async () => {
  const web = { build: '.', ports: ['127.0.0.1::8080'] };
  const compose = JSON.stringify({ services: { web, back: { image: IMAGE } } });
  expect((await refused({ compose })).error).toMatch(
    /^image-not-built: the image of web could not be built\n[^]*Dockerfile[^]*\n {2}hint: Does `docker compose build` .+$/,
  );
});

it('names the image that cannot be had, the service that wants it, and what the registry said', async () => {
  const { error } = await refused({ image: 'rollproof/absent:1' });
  expect(error).toMatch(
    /^image-not-pulled: service (web|back) wants rollproof\/absent:1, .+ did not give it: .+\n {2}hint: .+$/,
  );
});
