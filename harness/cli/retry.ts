import type { Command } from 'commander';
import { deployCommand } from './deploy';
import { withCompose } from './compose-flags';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig, withWait } from './help';
import { interruptibleJson, withJson } from './json';

interface RetryOptions {
  readonly config: string;
  readonly load: boolean;
  readonly wait?: number;
  readonly plan: boolean;
  readonly json: boolean;
}

export function defineRetry(command: Command): void {
  const result = 'summary.json, or {service, verb, nothing} where there was nothing to do,';
  withWait(withJson(withCompose(withConfig(command)), result), 'another rollout of the service')
    .argument('<service>', 'a managed service')
    .option('--load', 'send the load of the configuration meanwhile', false)
    .option('--plan', 'say what would change, and each step with its times; change nothing', false)
    .addHelpText('after', examples('retry api --load -c mine/rollproof.config.ts', 'retry api --plan'))
    .addHelpText(
      'after',
      exitCodes('promoted, or the last rollout went through', 'rolled back, or requests were lost', INCONCLUSIVE),
    )
    .action((service: string, options: RetryOptions) =>
      finish(
        interruptibleJson(options.json, (signal) =>
          deployCommand({ service, ...options, redeploy: false, words: {}, signal }),
        ),
      ),
    );
}
