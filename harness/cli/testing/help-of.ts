import type { Command } from 'commander';

/** What `NAME --help` prints. */
export function helpOf(program: Command, name: string): string {
  let text = '';
  const command = program.commands.find((candidate) => candidate.name() === name);
  command?.configureOutput({ writeOut: (part) => (text += part) });
  command?.outputHelp();
  return text;
}
