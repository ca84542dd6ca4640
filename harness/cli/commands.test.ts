import { Command } from 'commander';
import { expect, it } from '@jest/globals';
import { BENCHMARKS } from '../bench/benchmarks';
import { registerCommands } from './commands';

const program = new Command('rollproof').exitOverride();
registerCommands(program);

function helpOf(name: string): string {
  let text = '';
  const command = program.commands.find((candidate) => candidate.name() === name);
  command?.configureOutput({ writeOut: (part) => (text += part) });
  command?.outputHelp();
  return text;
}

it.each(program.commands.map((command) => command.name()))('%s --help has an example that names it', (name) => {
  const shortcut = name === 'verify' ? 'test' : name;
  expect(helpOf(name)).toMatch(new RegExp(`Examples:\\n(  \\$ .*\\n)*?  \\$ npm .*\\b${shortcut}\\b`));
});

it.each(['start', 'deploy', 'verify', 'bench'])('%s --help gives the exit codes', (name) => {
  for (const code of ['0', '1', '2', '130']) expect(helpOf(name)).toMatch(new RegExp(`\\n  ${code} +\\w`));
});

it('bench --help lists every measurement with its title, and marks the nightly ones', () => {
  const help = helpOf('bench');
  for (const [name, { title, nightly = false }] of Object.entries(BENCHMARKS)) {
    const line = help.split('\n').find((candidate) => candidate.startsWith(`  ${name} `));
    expect(line).toContain(title);
    expect(line?.includes('(nightly)')).toBe(nightly);
  }
});
