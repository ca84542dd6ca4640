import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HarnessError } from '../core/errors';
import { COMMANDS } from './commands';
import { execute, programOf } from './program';

let error: Error;
let said: string;

const stream = { write: (text: string) => void (said += text) };
const failing = () =>
  programOf('rollproof', '', [
    (program) =>
      program
        .command('fail')
        .option('--json')
        .action(() => Promise.reject(error)),
  ]);

beforeEach(() => {
  said = '';
});
afterEach(() => {
  process.exitCode = undefined;
});

/** What was said, as a program reads it: each line is JSON. */
const lines = () =>
  said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('an error that ends a command', () => {
  beforeEach(() => {
    error = new HarnessError('port-in-use', {
      message: 'port 80 is in use',
      facts: { where: 'web' },
      hint: 'Free it.',
    });
  });

  it('is one line of JSON for a program, with all that it may act on', async () => {
    expect(await execute(failing(), ['fail', '--json'], stream)).toBe(2);
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 50,
        msg: 'port 80 is in use',
        error: {
          ...{ code: 'port-in-use', kind: 'cannot-run', message: 'port 80 is in use' },
          ...{ facts: { where: 'web' }, hint: 'Free it.', exitCode: 2 },
        },
      }),
    ]);
  });

  it('is told to a person in words', async () => {
    expect(await execute(failing(), ['fail'], stream)).toBe(2);
    expect(said).toBe('port-in-use: port 80 is in use\n  hint: Free it.\n');
  });

  it('has a code and a kind for a program also when nobody had thought of it', async () => {
    error = new TypeError('x is not a function');
    expect(await execute(failing(), ['fail', '--json'], stream)).toBe(1);
    expect(lines()).toMatchObject([
      { error: { code: 'unexpected-error', kind: 'internal', message: 'x is not a function', exitCode: 1 } },
    ]);
  });
});

describe('a command line that cannot be parsed', () => {
  const program = () => programOf('rollproof', '', COMMANDS);

  it.each([
    ['an option that is not known', ['up', '--json', '--nope'], "unknown option '--nope'"],
    ['a word that is missing', ['deploy', '--image', 'i', '--json'], "missing required argument 'service'"],
    ['a command that is not known', ['depoy', '--json'], "unknown command 'depoy'\n(Did you mean deploy?)"],
    ['no command at all', ['--json'], "unknown option '--json'"],
  ])('is one line of JSON for a program: %s', async (_what, words, message) => {
    expect(await execute(program(), words, stream)).toBe(2);
    expect(lines()).toMatchObject([{ error: { code: 'bad-argument', kind: 'cannot-run', message, exitCode: 2 } }]);
  });

  it('is told to a person in words', async () => {
    expect(await execute(program(), ['up', '--nope'], stream)).toBe(2);
    expect(said).toBe("error: unknown option '--nope'\n(see --help)\n");
  });
});

it('does not help with a command that there is not, and helps with one that there is', async () => {
  const program = programOf('rollproof', '', COMMANDS);
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  expect(await execute(program, ['nosuch', '--help'], stream)).toBe(2);
  expect(said).toContain("unknown command 'nosuch'");
  expect(await execute(program, ['--help'], stream)).toBe(0);
  jest.restoreAllMocks();
});
