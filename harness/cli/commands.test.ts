import { expect, it } from '@jest/globals';
import { COMMANDS } from './commands';
import { programOf } from './program';
import { helpOf } from './testing/help-of';

const program = programOf('rollproof', '', COMMANDS);

/** Every command that does something, by the words that call it. */
const names = program.commands.flatMap((command) =>
  command.commands.length === 0
    ? [command.name()]
    : command.commands.map((below) => `${command.name()} ${below.name()}`),
);

it.each(names)('%s --help has an example that names it', (name) => {
  expect(helpOf(program, name)).toMatch(new RegExp(`Examples:\\n(  \\$ .*\\n)*?  \\$ npm .*\\b${name}\\b`));
});

it.each(names)('%s --help gives the exit codes', (name) => {
  for (const code of ['0', '1', '2', '130']) expect(helpOf(program, name)).toMatch(new RegExp(`\\n  ${code} +\\w`));
});

it.each(names)('%s --help says what --json gives, and where', (name) => {
  const help = helpOf(program, name).replace(/\s+/g, ' ');
  expect(help).toMatch(/--json for programs: .+ on standard output; .+ error .+ as JSON lines on standard error/);
});
