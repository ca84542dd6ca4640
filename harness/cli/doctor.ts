import type { Command } from 'commander';
import { examples, exitCodes, finish } from './help';
import { withJson } from './json';
import { runSetupProgram } from './setup-program';

export function defineDoctor(command: Command): void {
  withJson(command, '{schema, able, checks}')
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .addHelpText('after', exitCodes('able to run; what lacks switches off what its line says', 'something went wrong'))
    .action(({ json }: { json: boolean }) => finish(runSetupProgram('doctor', json ? ['--json'] : [])));
}
