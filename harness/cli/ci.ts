import type { Command } from 'commander';
import { githubWorkflow } from './ci-workflow';
import { examples, exitCodes, withConfig } from './help';
import { printResult, withJson } from './json';

export function defineCi(command: Command): void {
  withJson(withConfig(command.command('github')), '{workflow}')
    .description('a GitHub workflow for pull requests')
    .addHelpText('after', examples('ci github > .github/workflows/release-test.yml'))
    .addHelpText('after', exitCodes('printed', 'not used'))
    .action(({ config, json }: { config: string; json: boolean }) => {
      const workflow = githubWorkflow({ command: 'npx rollproof', config });
      printResult(json, { workflow }, workflow);
    });
}
