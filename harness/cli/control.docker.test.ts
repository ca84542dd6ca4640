import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(300_000);

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create();
});

afterAll(() => tiny[Symbol.asyncDispose]());

async function run(...args: readonly string[]): Promise<string> {
  const command = tiny.run([...args, ...CONFIG]);
  expect(await command.exitCode()).toBe(0);
  return command.stdout;
}

const noted = (text: string) => (line: JournalLine) => line.type === 'note' && line.message.startsWith(text);

it('lets a second command pause a rollout, let it go on and take it back, and says when there is nothing to steer', async () => {
  await run('up');
  expect(await run('abort', 'web')).toBe('no rollout of web is under way: nothing was done\n');
  const nothing = tiny.run(['pause', 'web', ...CONFIG]);
  expect(await nothing.exitCode()).toBe(2);
  expect(nothing.errors).toContain('no rollout of web is under way');

  const words = ['--image', IMAGE, '--redeploy', '--steps', '50,100', '--rise', '1', '--min-ready', '0', '--load'];
  const deploy = tiny.run(['deploy', 'web', ...words, ...CONFIG]);
  await tiny.awaitLine(
    'half of the traffic is on the new revision',
    (line) => line.type === 'rollout' && line.state === 'Analyzing',
  );
  expect(await run('pause', 'web')).toBe('web is paused (Analyzing)\n');
  expect(JSON.parse(await run('resume', 'web', '--json'))).toEqual({
    service: 'web',
    verb: 'resume',
    state: 'Analyzing',
  });
  expect(await run('abort', 'web', '--reason', 'the wrong ticket')).toMatch(
    /^aborted as asked: web-r1 serves everything \(the wrong ticket\)\n$/,
  );
  // Nothing was found out about it.
  expect(await deploy.exitCode()).toBe(3);
  expect(tiny.journal().filter(noted('web: '))).toHaveLength(3);
  expect(await tiny.ask()).toBe('web-r1');
  expect(await run('resume', 'web')).toBe('no rollout of web is under way: nothing was done\n');
});
