#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { formatError, isHarnessError } from '../core/errors';
import { registerCommands } from './commands';

/** Codes of errors that say "this cannot run here", exit code 2, as opposed to "this failed", exit code 1. */
const CANNOT_RUN = new Set([
  'config-not-found',
  'config-invalid',
  'compose-invalid',
  'engine-unreachable',
  'engine-too-old',
  'image-not-found',
  'unknown-service',
  'port-in-use',
  'project-locked',
  'stack-kept',
  'stack-not-up',
  'run-not-found',
  'no-scenarios',
  'supply-missing',
  'compose-missing',
  'service-unsupported',
  'port-not-published',
  'strategy-invalid',
  'unknown-benchmark',
  'unknown-gate',
  'no-runner',
  'scenario-invalid',
  'duplicate-scenario',
]);

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
    process.exitCode = isHarnessError(error) && CANNOT_RUN.has(error.code) ? 2 : 1;
  } finally {
    process.off('beforeExit', onStall);
  }
}

void main();
