import { Argument, type Command } from 'commander';
import { COMMANDS } from './commands';
import { examples, exitCodes } from './help';
import { loadCommands, programOf } from './program';

const NAME = 'rollproof';

/** What completes our commands: of those that the words name it knows the flags too. */
async function tabOf(words: readonly string[]) {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true);
  const program = programOf(NAME, '', shown);
  await loadCommands(program, words.slice(0, 1));
  // Its own commands stay in this program, which nobody runs.
  return tab(program, { completionCommandName: 'tab' });
}

export function defineCompletion(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'what you type commands in').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples('completion bash'))
    .addHelpText(
      'after',
      `\nSuch as \`source <(${NAME} completion bash)\` in ~/.bashrc, where \`${NAME}\` is on the PATH.\n`,
    )
    .addHelpText('after', exitCodes('printed', 'something went wrong on the way'))
    .action(async (shell: string) => (await tabOf([])).setup(NAME, NAME, shell));
}

/** What the script of `completion` calls at each press of Tab. */
export function defineComplete(command: Command): void {
  command
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => (await tabOf(words)).parse(words));
}
