import { Command, CommanderError } from 'commander';
import { exitCodeOf } from '../contract/endings';
import type { ProgressStream } from '../core/progress';
import { asksForJson, tellError } from './json';
import { HarnessError } from '../core/errors';

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
  void execute(program, process.argv.slice(2), process.stderr).then((exitCode) => process.exit(exitCode));
}

/** Parses the words of a command line and runs the command. Returns its exit code; never throws. */
export async function execute(program: Command, words: readonly string[], stream: ProgressStream): Promise<number> {
  const isJson = asksForJson(words);
  // What is wrong with the command line, for a person.
  let told = '';
  for (const one of everyCommand(program)) one.configureOutput({ writeErr: (text) => void (told += text) });
  const fail = (error: unknown) => {
    tellError(error, isJson, stream);
    return exitCodeOf(error);
  };
  // Node ends with 0 when nothing is left that could happen, even while a command still waits for it.
  const onStall = () => process.exit(fail(stalled()));
  process.once('beforeExit', onStall);
  try {
    requireCommand(program, words);
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error);
    // Asking for help is no error.
    if (error.exitCode === 0) return 0;
    if (isJson) return fail(misspelt(error));
    stream.write(told);
    return 2;
  } finally {
    process.off('beforeExit', onStall);
  }
}

/** A command and those below it. */
function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Commander helps whoever asks for help with a command that does not exist, as if nothing were wrong. */
function requireCommand(program: Command, [name = '', ...rest]: readonly string[]): void {
  const isCommand = name === 'help' || program.commands.some((command) => command.name() === name);
  const asksForHelp = rest.some((word) => word === '--help' || word === '-h');
  if (name.startsWith('-') || isCommand || !asksForHelp) return;
  program.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand', exitCode: 1 });
}

function stalled(): HarnessError {
  return new HarnessError('command-ended', {
    message: 'stalled: the command waits for something that can no longer happen',
  });
}

function misspelt({ code, message }: CommanderError): HarnessError {
  return new HarnessError('bad-argument', {
    message: code === 'commander.help' ? 'no command is named' : message.replace(/^error: /, ''),
    hint: 'See `--help`.',
  });
}
