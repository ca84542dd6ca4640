import type { Command } from 'commander';
import { examples, finish, withConfig } from './help';
import { join, resolve } from 'node:path';
import { writeReadable } from '../alerting/files';
import { RULE_FILE, ruleFileText } from '../alerting/rule-file';
import { HarnessError } from '../core/errors';
import { loadConfigFile } from '../contract/config-file';

/** `rollproof rules`: writes the production rule file of a stack's alerts, the same template that runs compressed in a scenario. */
export async function rules({ config }: { readonly config: string }): Promise<number> {
  const { config: stack, directory } = await loadConfigFile(config);
  if (stack.observability === undefined) {
    throw new HarnessError('config-invalid', {
      message: `${config} names no observability.configDir to write the rules to`,
      hint: 'Set `observability` in rollproof.config.ts.',
    });
  }
  const path = join(resolve(directory, stack.observability.configDir), 'prometheus', RULE_FILE);
  await writeReadable(path, ruleFileText(stack.alerts ?? [], 1));
  process.stdout.write(`${path}\n`);
  return 0;
}

export function addRules(program: Command): void {
  withConfig(program.command('rules'))
    .description('write the production rule file from the alerts of the configuration')
    .addHelpText('after', examples('npm run rules', 'npm run rules -- --config mine/rollproof.config.ts'))
    .action((options: { config: string }) => finish(rules(options)));
}
