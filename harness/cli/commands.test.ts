import { beforeAll, expect, it } from '@jest/globals';
import { COMMANDS } from './commands';
import { loadCommands, programOf } from './program';
import { helpOf } from './testing/help-of';

const program = programOf('rollproof', '', COMMANDS);

/** What has commands below it. */
const BELOW: Readonly<Record<string, readonly string[]>> = { ci: ['github'], pipeline: ['init', 'run', 'retry'] };

/** Every command that does something, by the words that call it. */
const names = COMMANDS.filter(({ hidden }) => hidden !== true).flatMap(
  ({ name }) => BELOW[name]?.map((below) => `${name} ${below}`) ?? [name],
);

beforeAll(() => loadCommands(program));

it('knows every command below another one', () => {
  const found = program.commands.filter(({ commands }) => commands.length > 0);
  expect(Object.fromEntries(found.map((one) => [one.name(), one.commands.map((below) => below.name())]))).toEqual(
    BELOW,
  );
});

it.each(names)('%s --help has an example that names it', (name) => {
  expect(helpOf(program, name)).toMatch(new RegExp(`Examples:\\n(  \\$ .*\\n)*?  \\$ npm .*\\b${name}\\b`));
});

it.each(names)('%s --help gives the exit codes', (name) => {
  for (const code of ['0', '1', '2', '130']) expect(helpOf(program, name)).toMatch(new RegExp(`\\n  ${code} +\\w`));
});

/** A script is nothing for another program to read. */
const results = names.filter((name) => name !== 'completion');

it.each(results)('%s --help says what --json gives, and where', (name) => {
  const help = helpOf(program, name).replace(/\s+/g, ' ');
  expect(help).toMatch(/--json for programs: .+ on standard output; .+ error .+ as JSON lines on standard error/);
});
