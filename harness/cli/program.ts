import { Command, CommanderError } from 'commander';
import { exitCodeOf } from '../contract/endings';
import { HarnessError } from '../core/errors';
import type { ProgressStream } from '../core/progress';

/** A command adds itself, with its flags and its help. */
export type AddCommand = (program: Command) => void;

/** A command that is loaded when it is asked for: help on the program needs nothing of what its commands do. */
export interface CommandEntry {
  readonly name: string;
  readonly about: string;
  /** Not of the program's help. */
  readonly hidden?: boolean;
  /** Gives what puts flags, help and action on it. */
  readonly load: () => Promise<(command: Command) => void>;
}

/** Of commands that are still to be loaded. */
const toLoad = new WeakMap<Command, CommandEntry['load']>();

/** The program with its commands. Each sets the exit code of the contract: 0, 1, 2, 3 or 130. */
export function programOf(
  name: string,
  description: string,
  commands: readonly (AddCommand | CommandEntry)[],
): Command {
  const program = new Command(name)
    .description(description)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .enablePositionalOptions();
  for (const one of commands) {
    if (typeof one === 'function') one(program);
    else toLoad.set(program.command(one.name, { hidden: one.hidden === true }).description(one.about), one.load);
  }
  return program;
}

/** Loads commands of a program. Default: all of them. */
export async function loadCommands(program: Command, names?: readonly string[]): Promise<void> {
  const wanted = program.commands.filter((command) => names?.includes(command.name()) ?? true);
  for (const command of wanted) {
    const define = await toLoad.get(command)?.();
    toLoad.delete(command);
    define?.(command);
  }
}

/** Parses the command line, runs the command, ends the process. */
export function run(program: Command): void {
  // What a scenario left waiting (a timer, a socket) does not keep a command that has ended.
  void execute(program, process.argv.slice(2), process.stderr).then((exitCode) => process.exit(exitCode));
}

/** Parses the words of a command line and runs the command. Returns its exit code; never throws. */
export async function execute(program: Command, words: readonly string[], stream: ProgressStream): Promise<number> {
  // What is wrong with the command line, for a person.
  let told = '';
  const fail = async (error: unknown) => {
    const { asksForJson, tellError } = await import('./json.ts');
    const isJson = asksForJson(words);
    if (!(error instanceof CommanderError)) tellError(error, isJson, stream);
    else if (isJson) tellError(misspelt(error), isJson, stream);
    else stream.write(told);
    return error instanceof CommanderError ? 2 : exitCodeOf(error);
  };
  // Node ends with 0 when nothing is left that could happen, even while a command still waits for it.
  const onStall = () => void fail(stalled()).then((code) => process.exit(code));
  process.once('beforeExit', onStall);
  try {
    // `help deploy` and `deploy --help` are one.
    await loadCommands(program, words.slice(0, 2));
    for (const one of everyCommand(program)) one.configureOutput({ writeErr: (text) => void (told += text) });
    requireCommand(program, words);
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Asking for help is no error.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : await fail(error);
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
