#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { formatError } from '../core/errors';
import { cannotRun } from './cannot-run';
import { registerCommands } from './commands';

async function main(): Promise<void> {
  const program = new Command('rollproof')
    .description('Prove that your docker-compose stack survives its next release.')
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .enablePositionalOptions();
  registerCommands(program);
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
    process.exitCode = cannotRun(error) ? 2 : 1;
  } finally {
    process.off('beforeExit', onStall);
  }
}

// What a scenario left waiting (a timer, a socket) does not keep a command that has ended.
void main().finally(() => process.exit());
