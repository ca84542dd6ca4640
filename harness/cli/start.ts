import type { Command } from 'commander';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig } from './help';
import { SUMMARY, interruptibleJson, printResult, withJson } from './json';
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { HarnessError, errorMessage, isHarnessError } from '../core/errors';
import { commandProgress } from '../core/progress';
import { onlyOnce, setRegistrar, type Scenario } from '../scenario/scenario';
import { Session } from '../scenario/session';
import { exitCode } from '../contract/endings';

export interface StartOptions {
  readonly files: readonly string[];
  readonly config: string;
  readonly keep: boolean;
  readonly seed?: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

interface Act {
  readonly scenario: Scenario;
  readonly phase: string;
}

/** `rollproof start FILE…`: every scenario of the files, in order, on one stack. Goes on after a failed one. */
export async function start({ files, config, keep, seed, json, signal }: StartOptions): Promise<number> {
  const acts = await loadScenarios(files);
  const session = await Session.start({
    configPath: config,
    title: basename(files[0] ?? 'run').replace(/\.ts$/, ''),
    rerun: `npm run rollproof -- start ${[...files, '--config', config].join(' ')}`,
    seedOption: '--seed',
    keep,
    signal,
    progress: commandProgress({ json }),
    ...(seed === undefined ? {} : { seed }),
  });
  for (const { scenario, phase } of acts) {
    if (session.signal.aborted) break;
    await session.run(scenario, phase);
  }
  const { text, summary, htmlPath } = await session.finish();
  if (!json) process.stderr.write(`\n${text}\n`);
  printResult(json, summary, `${htmlPath}\n`);
  // What cut the run off is the one error to be told, whatever it made fail on its way.
  if (isHarnessError(session.signal.reason)) throw session.signal.reason;
  return exitCode(summary);
}

async function importScenarios(path: string): Promise<void> {
  try {
    await import(path);
  } catch (cause) {
    if (isHarnessError(cause)) throw cause;
    throw new HarnessError('scenario-invalid', {
      message: `${path} cannot be loaded: ${errorMessage(cause)}`,
      hint: 'Check it with `npm run typecheck`.',
      cause,
    });
  }
}

async function loadScenarios(files: readonly string[]): Promise<Act[]> {
  const acts: Act[] = [];
  const known = new Map<string, string>();
  for (const file of files) {
    const path = resolve(file);
    if (!existsSync(path))
      throw new HarnessError('no-scenarios', {
        message: `no scenario file at ${file}`,
        hint: 'List them with `ls scenarios/*`.',
      });
    const phase = basename(dirname(path));
    setRegistrar(
      globalThis,
      onlyOnce(known, file, (scenario) => acts.push({ scenario, phase })),
    );
    await importScenarios(path);
  }
  if (acts.length === 0) {
    throw new HarnessError('no-scenarios', {
      message: `${files.join(', ')} declare no scenario`,
      hint: 'Declare one with `scenario(title, async ({ load, deploy, expect }) => { … })`.',
    });
  }
  return acts;
}

export function addStart(program: Command): void {
  withJson(withConfig(program.command('start')), SUMMARY)
    .description('bring the stack up, run scenarios, write the report, take the stack down')
    .argument('<files...>', 'scenario files, in order')
    .option('--keep', 'leave the stack up, on the ports of its compose file, and print its URLs', false)
    .option('--seed <seed>', 'repeat the choices of an earlier run')
    .addHelpText(
      'after',
      examples('npm start -- --keep', 'npm run rollproof -- start mine/slow.scenario.ts -c mine/rollproof.config.ts'),
    )
    .addHelpText('after', exitCodes('passed', 'failed', INCONCLUSIVE))
    .action((files: string[], options: { config: string; keep: boolean; seed?: string; json: boolean }) =>
      finish(interruptibleJson(options.json, (signal) => start({ files, ...options, signal }))),
    );
}
