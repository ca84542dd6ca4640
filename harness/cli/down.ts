import type { Command } from 'commander';
import { examples, exitCodes, finish } from './help';
import { printResult, withJson } from './json';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, quotedCommand } from '../core/command-line';
import { HarnessError, errorMessage, hasCode } from '../core/errors';
import { loadConfigFile } from '../contract/config-file';
import { forgetRevisions } from '../delivery/revisions/revision-store';
import { takeProject } from '../project/locks';
import { preflight } from '../docker/client';
import { awaitNoGuardian, findLeftovers, sweepProject } from '../docker/sweep';

export interface DownOptions {
  /** Only these compose projects. Default: all that carry our label. */
  readonly project?: readonly string[];
  /** Only the project of this configuration. */
  readonly config?: string;
  /** Those of a living run too. */
  readonly force: boolean;
  readonly json: boolean;
}

/**
 * `rollproof down`: removes every container, network and volume that carries our label, and the state of kept stacks. What belongs to a
 * living run stays, unless forced.
 * @throws HarnessError `project-locked`, naming the holders, or `sweep-incomplete`, once everything else has been removed
 */
export async function down({ project, config, force, json }: DownOptions): Promise<number> {
  await preflight();
  const ofConfig = config === undefined ? [] : [(await loadConfigFile(config)).project];
  const only = project === undefined && config === undefined ? undefined : [...(project ?? []), ...ofConfig];
  const isWanted = (project: string) => only === undefined || only.includes(project);
  const there = (await findLeftovers()).map((left) => left.project);
  requireKnown(project ?? [], [...there, ...stateDirectories()], there);
  const found = there.filter(isWanted);
  const removed: string[] = [];
  const held: HarnessError[] = [];
  const problems: unknown[] = [];
  for (const one of new Set([...found, ...stateDirectories().filter(isWanted)])) {
    try {
      await remove(one, force);
      if (found.includes(one)) removed.push(one);
    } catch (error) {
      if (hasCode(error, 'project-locked')) held.push(error);
      else problems.push(error);
    }
  }
  const isWhole = problems.length === 0 && held.length === 0;
  const nothing = isWhole ? `nothing of ${only?.join(', ') ?? 'ours'} was there\n` : '';
  printResult(json, { removed }, removed.length > 0 ? `removed ${removed.join(', ')}\n` : nothing);
  if (problems.length > 0)
    throw problems.length === 1 ? problems[0] : new AggregateError(problems, problems.map(errorMessage).join('; '));
  if (held.length > 0) throw stillHeld(held);
  return 0;
}

/**
 * A name that is misspelt removes nothing: that is no success.
 * @throws HarnessError `unknown-project`, before anything is removed
 */
export function requireKnown(wanted: readonly string[], known: readonly string[], there: readonly string[]): void {
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new HarnessError('unknown-project', {
    message: `there is no project ${unknown.join(', ')} of ours`,
    facts: { unknown, there },
    hint: `${there.length === 0 ? 'None is there' : `There are: ${there.join(', ')}`}. Nothing was removed.`,
  });
}

async function remove(project: string, force: boolean): Promise<void> {
  const state = join('.rollproof', project);
  const isOurs = existsSync(state);
  // While we remove, nobody brings it up again.
  using _lock =
    isOurs && !force ? takeProject({ stateDirectory: state, project, command: commandLine('down') }) : undefined;
  if (!force) await awaitNoGuardian(project);
  await sweepProject(project);
  if (!isOurs) return;
  forgetRevisions(state);
  for (const file of ['stack.json', 'compose.json', 'compose'])
    rmSync(join(state, file), { recursive: true, force: true });
}

function stillHeld(held: readonly HarnessError[]): HarnessError {
  return new HarnessError('project-locked', {
    message: held.map(({ message }) => message).join('; '),
    facts: { projects: held.map(({ facts }) => facts['project']) },
    hint: `Wait until it ends or stop that process, or remove it all the same with ${quotedCommand('down --force')}.`,
  });
}

function stateDirectories(): string[] {
  try {
    return readdirSync('.rollproof').filter((name) => name.startsWith('rp-'));
  } catch {
    return []; // Never used here.
  }
}

export function defineDown(command: Command): void {
  withJson(command, '{removed}')
    .option('-p, --project <names...>', 'only these compose projects')
    .option('-c, --config <file>', 'only the stack of this rollproof.config.ts')
    .option('--force', 'also what a living run holds', false)
    .addHelpText(
      'after',
      examples('down', 'down --config mine/rollproof.config.ts', 'down --project rp-mine-1a2b3c --force'),
    )
    .addHelpText('after', exitCodes('removed, or nothing was there', 'something could not be removed'))
    .action((options: DownOptions) => finish(down(options)));
}
