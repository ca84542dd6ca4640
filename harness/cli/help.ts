import { Option, type Command } from 'commander';
import { commandLine } from '../core/command-line';
import { DEFAULT_CONFIG } from '../contract/config-file';
import { durationArgument } from './duration';

/** What `--help` says of exit code 3. */
export const INCONCLUSIVE = 'inconclusive: not enough evidence to say';

/** Adds the option that names the stack. */
export function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'the stack: its rollproof.config.ts', DEFAULT_CONFIG);
}

/** Adds the option to wait for whoever is in the way. */
export function withWait(command: Command, whom: string): Command {
  const about = `wait so long for ${whom} to end, instead of being refused; without a time 5m`;
  return command.addOption(new Option('--wait [time]', about).preset('5m').argParser(durationArgument));
}

/** The contract of every command; `passed`, `failed` and `inconclusive` are said in the command's own words. */
export function exitCodes(passed: string, failed: string, inconclusive?: string): string {
  const codes = [
    `  0    ${passed}`,
    `  1    ${failed}`,
    '  2    cannot run here: says what is missing, and how to get it',
    ...(inconclusive === undefined ? [] : [`  3    ${inconclusive}`]),
    '  130  interrupted; cleaned up first',
  ];
  return `\nExit codes:\n${codes.join('\n')}\n`;
}

/** Commands of ours: `up -c mine.ts`. */
export function examples(...commands: readonly string[]): string {
  return exampleLines(...commands.map((words) => commandLine(words)));
}

/** Lines as they are typed. */
export function exampleLines(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

/** Ends the command with the exit code that it comes to. */
export async function finish(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}

/** For an option that may be said more than once. */
export function also(one: string, others: readonly string[]): string[] {
  return [...others, one];
}
