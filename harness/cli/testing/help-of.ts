import type { Command } from 'commander';

/** What `NAME --help` prints; a name may be of several words. */
export function helpOf(program: Command, name: string): string {
  let text = '';
  const command = name
    .split(' ')
    .reduce<Command | undefined>((above, word) => above?.commands.find((one) => one.name() === word), program);
  command?.configureOutput({ writeOut: (part) => (text += part) });
  command?.outputHelp();
  return text;
}
