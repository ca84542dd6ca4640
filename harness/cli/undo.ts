import { InvalidArgumentError, type Command } from 'commander';
import { addRolloutFlags, deployCommand, type DeployOptions } from './deploy';
import { INCONCLUSIVE, examples, exitCodes, finish } from './help';
import { interruptibleJson } from './json';
import { wordsOf } from './strategy-flags';

export function defineUndo(command: Command): void {
  addRolloutFlags(command)
    .option('--to <number>', 'that revision; default: the last good one', parseNumber)
    .option(
      '--all-steps',
      'by every step of the strategy, also to what was stable before: its shares, pauses, judging and bake are left out otherwise',
      false,
    )
    .addHelpText(
      'after',
      examples('undo api --load', 'undo api --to 3 --plan', 'undo api --to 3 --all-steps --steps 20,100 --load'),
    )
    .addHelpText('after', exitCodes('promoted, or already running', 'rolled back, or requests were lost', INCONCLUSIVE))
    .action(
      (
        service: string,
        { to, ...options }: Omit<DeployOptions, 'service' | 'words' | 'signal'> & { to?: number },
        command: Command,
      ) => {
        const words = wordsOf({ ...options }, command);
        return finish(
          interruptibleJson(options.json, (signal) =>
            deployCommand({ service, ...options, undo: to ?? 'last-good', words, signal }),
          ),
        );
      },
    );
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('the number of a revision, as 3 for api-r3');
  return Number(text);
}
