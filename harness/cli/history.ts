import type { Command } from 'commander';
import { loadConfigFile } from '../contract/config-file';
import { wallIso } from '../core/clock';
import { whoRunsThis } from '../core/who';
import { requireManaged } from '../delivery/revisions/require-managed';
import { historyPath, openRolloutHistory, type HistoryEntry } from '../delivery/rollout-history';
import { deployedOf } from '../project/plan';
import { examples, exitCodes, finish, withConfig } from './help';
import { printResult, withJson } from './json';

/** `rollproof history SERVICE`: how its rollouts ended, the newest last. Takes no lock, and needs no stack. */
async function history(service: string, { config, json }: { readonly config: string; readonly json: boolean }) {
  const { config: stack, stateDirectory } = await loadConfigFile(config);
  requireManaged(service, deployedOf(stack));
  const entries = openRolloutHistory(historyPath(stateDirectory), whoRunsThis()).list(service);
  printResult(json, entries, historyText(service, entries));
  return 0;
}

/** As a person reads it. */
export function historyText(service: string, entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return `${service} has had no rollout yet\n`;
  return entries.map(entryText).join('');
}

function entryText(entry: HistoryEntry) {
  const { rollout, retries, endedAtMs, startedAtMs, by, from, to, image, digest, outcome, reason, strategy } = entry;
  const seconds = Math.round((endedAtMs - startedAtMs) / 1_000);
  const what = image === undefined ? '' : ` (${image}${digest === undefined ? '' : `, ${digest}`})`;
  const when = wallIso(startedAtMs).replace(/\.\d+Z$/, 'Z');
  const again = retries === undefined ? '' : `, tries ${retries} once more`;
  const why = reason === undefined ? '' : `\n    ${reason.split('\n')[0]}`;
  return `${when}  ${outcome}: ${from} → ${to}${what}\n    by ${by}, ${strategy}, ${seconds} s (${rollout}${again})${why}\n`;
}

export function defineHistory(command: Command): void {
  withJson(withConfig(command), 'its rollouts')
    .argument('<service>', 'a managed service')
    .addHelpText('after', examples('history api -c mine/rollproof.config.ts'))
    .addHelpText('after', exitCodes('told', 'the records cannot be read'))
    .action((service: string, options: { config: string; json: boolean }) => finish(history(service, options)));
}
