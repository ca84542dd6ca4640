import type { Command } from 'commander';
import { examples, exitCodes, finish, withConfig } from './help';
import { printResult, withJson } from './json';
import { join, resolve } from 'node:path';
import { writeReadable } from '../alerting/files';
import { RULE_FILE, ruleFileText } from '../alerting/rule-file';
import { HarnessError } from '../core/errors';
import { loadConfigFile } from '../contract/config-file';

interface RulesOptions {
  readonly config: string;
  readonly json: boolean;
}

/** `rollproof rules`: writes the production rule file of a stack's alerts, the same template that runs compressed in a scenario. */
export async function rules({ config, json }: RulesOptions): Promise<number> {
  const { config: stack, directory } = await loadConfigFile(config);
  if (stack.observability === undefined) {
    throw new HarnessError('config-invalid', {
      message: `${config} names no observability.configDir to write the rules to`,
      hint: 'Set `observability` in rollproof.config.ts.',
    });
  }
  const path = join(resolve(directory, stack.observability.configDir), 'prometheus', RULE_FILE);
  await writeReadable(path, ruleFileText(stack.alerts ?? [], 1));
  printResult(json, { path }, `${path}\n`);
  return 0;
}

export function defineRules(command: Command): void {
  withJson(withConfig(command), '{path}')
    .addHelpText('after', examples('rules', 'rules --config mine/rollproof.config.ts'))
    .addHelpText('after', exitCodes('written', 'something went wrong on the way'))
    .action((options: RulesOptions) => finish(rules(options)));
}
