import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { loadConfigFile } from '../contract/config-file';
import { quotedCommand } from '../core/command-line';
import { HarnessError } from '../core/errors';
import { askController, type ControlVerb } from '../delivery/control-door';
import { requireManaged } from '../delivery/revisions/require-managed';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { examples, exitCodes, finish, withConfig } from './help';
import { printResult, withJson } from './json';

interface ControlOptions {
  readonly config: string;
  readonly json: boolean;
  readonly reason?: string;
}

const DONE: Readonly<Record<ControlVerb, string>> = {
  pause: 'is paused',
  resume: 'goes on',
  promote: 'is promoted',
  abort: 'is aborted',
};

/**
 * `rollproof pause|resume|promote|abort SERVICE`: steers the rollout that another command runs. To resume or abort what is not under way is
 * a no-op that says so.
 * @throws HarnessError `no-rollout` when there is none to pause or promote, `unknown-service`
 */
export async function controlRollout(verb: ControlVerb, service: string, options: ControlOptions): Promise<number> {
  const { config, json, reason = `asked for by ${userInfo().username} on the command line` } = options;
  const { stateDirectory, config: stack } = await loadConfigFile(config);
  requireManaged(service, stack.managed);
  const answer = await askController({ stateDirectory, service }, { verb, reason });
  if (answer !== undefined) {
    const { state, ended } = answer;
    printResult(json, { service, verb, state, ended }, `${ended ?? `${service} ${DONE[verb]} (${state})`}\n`);
    return 0;
  }
  const wasCutOff = openRevisionStore(revisionsPath(stateDirectory)).unfinished(service).length > 0;
  const none = wasCutOff
    ? `the command that ran the rollout of ${service} has died: any next command takes it back, such as ${quotedCommand(`up -c ${config}`)}`
    : `no rollout of ${service} is under way`;
  if (verb === 'pause' || verb === 'promote') {
    throw new HarnessError('no-rollout', { message: none, facts: { service, verb } });
  }
  printResult(json, { service, verb, state: null }, `${none}: nothing was done\n`);
  return 0;
}

/** The command of one verb. */
export function defineControl(verb: ControlVerb) {
  return (command: Command): void => {
    withJson(withConfig(command), '{service, verb, state, ended}')
      .argument('<service>', 'a managed service')
      .addHelpText('after', examples(`${verb} api -c mine/rollproof.config.ts`))
      .addHelpText('after', exitCodes('done, or there was nothing to do', 'the rollout did not take it'));
    if (verb === 'abort') command.option('--reason <text>', 'why; it stands in the report and in the history');
    command.action((service: string, options: ControlOptions) => finish(controlRollout(verb, service, options)));
  };
}
