import type { Command } from 'commander';
import { readSupply } from '../docker/supply';
import { examples, exitCodes, finish } from './help';
import { printResult, withJson } from './json';
import { runSetupProgram } from './setup-program';

interface SetupOptions {
  readonly json: boolean;
}

/** `rollproof setup [IMAGE…]`: brings the images that rollproof itself needs, and an Engine where it may. */
async function setup(images: readonly string[], { json }: SetupOptions): Promise<number> {
  const exitCode = await runSetupProgram('main', images);
  if (exitCode === 0) printResult(json, readSupply(), '');
  return exitCode;
}

export function defineSetup(command: Command): void {
  withJson(command, 'its images, {name: {image, id, source}},')
    .argument('[images...]', 'such as prometheus; default: what every stack needs, the front and the helper')
    .addHelpText('after', examples('setup', 'setup registry prometheus'))
    .addHelpText('after', exitCodes('all is there', 'something went wrong on the way'))
    .action((images: string[], options: SetupOptions) => finish(setup(images, options)));
}
