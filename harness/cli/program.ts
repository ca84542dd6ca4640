import { Command, CommanderError } from 'commander';
import { exitCodeOf } from '../contract/endings';
import { formatError } from '../core/errors';

/** A command adds itself, with its flags and its help. */
export type AddCommand = (program: Command) => void;

/** The program with its commands. Each sets the exit code of the contract: 0, 1, 2, 3 or 130. */
export function programOf(name: string, description: string, commands: readonly AddCommand[]): Command {
  const program = new Command(name)
    .description(description)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .enablePositionalOptions();
  for (const add of commands) add(program);
  return program;
}

/** Parses the command line, runs the command, ends the process. */
export function run(program: Command): void {
  // What a scenario left waiting (a timer, a socket) does not keep a command that has ended.
  void parse(program).finally(() => process.exit());
}

async function parse(program: Command): Promise<void> {
  // Node ends with 0 when nothing is left that could happen, even while a command still waits for it.
  const onStall = () => {
    process.stderr.write('stalled: the command waits for something that can no longer happen\n');
    process.exit(1);
  };
  process.once('beforeExit', onStall);
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has said what was wrong with the command line; asking for help is no error.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${formatError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  } finally {
    process.off('beforeExit', onStall);
  }
}
