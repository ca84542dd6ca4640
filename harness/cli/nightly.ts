import type { Command } from 'commander';
import { exitCode } from '../contract/endings';
import { commandLine } from '../core/command-line';
import { captureCommand } from '../core/command';
import { commandProgress } from '../core/progress';
import type { Candidate } from '../nightly/candidate';
import { planNightly, runNightly, type NightlyOptions } from '../nightly/run-nightly';
import type { Plan } from '../nightly/plan';
import { tellGithub } from '../report/github';
import { durationArgument } from './duration';
import { stackWords, withCompose } from './compose-flags';
import { INCONCLUSIVE, also, examples, exitCodes, finish, withConfig } from './help';
import { SUMMARY, interruptibleJson, printResult, withJson } from './json';
import { loadScenarios } from './load-scenarios';

/** How long git may take to say which commit this is. */
const GIT_MS = 10_000;

/** What every nightly command takes. */
export interface NightlyFlags {
  readonly config: string;
  readonly budget: number;
  readonly seed?: string;
  readonly tag: readonly string[];
  readonly history?: string;
  readonly plan: boolean;
  readonly json: boolean;
}

interface Flags extends NightlyFlags {
  readonly first?: string;
  readonly also: readonly string[];
}

/** What a night may try, and what it may not. */
export interface NightChoice extends Pick<NightlyOptions, 'candidates' | 'first' | 'leftOut'> {
  readonly rerun: string;
}

/** The scenarios of files as candidates: all of them, or those with one of the tags. Skipped ones are left out with their reason. */
export async function scenarioCandidates(
  files: readonly string[],
  tags: readonly string[],
): Promise<Required<Pick<NightChoice, 'candidates' | 'leftOut'>>> {
  const acts = await loadScenarios(files, { tags, night: true });
  const candidates = acts
    .filter(({ scenario }) => scenario.skip === undefined)
    .map(({ scenario: { id, title, place }, phase, file }): Candidate => {
      return { id, title, phase, means: { kind: 'scenario', file }, ...(place === undefined ? {} : { place }) };
    });
  const leftOut = acts.flatMap(({ scenario: { id, title, skip } }) => {
    return skip === undefined ? [] : [{ id, title, reason: `skipped: ${skip}` }];
  });
  return { candidates, leftOut };
}

/** A command as a candidate. */
export function commandCandidate(
  name: string,
  command: readonly string[],
  { figuresIn, ...more }: Pick<Candidate, 'guessMs'> & { readonly figuresIn?: string } = {},
): Candidate {
  const means = { kind: 'command', command, ...(figuresIn === undefined ? {} : { figuresIn }) } as const;
  return { id: `command:${name}`, title: name, phase: 'commands', means, ...more };
}

/** Plans a night, or lives through it. Ends with its exit code. */
export async function nightly(choice: NightChoice, flags: NightlyFlags, signal: AbortSignal): Promise<number> {
  const { config, budget: budgetMs, seed, history, json, plan } = flags;
  const options = {
    ...{ ...choice, configPath: config, budgetMs, signal, progress: commandProgress({ json }) },
    ...(seed === undefined ? {} : { seed }),
    ...(history === undefined ? {} : { historyPath: history }),
    ...(json ? {} : { onOutput: (text: string) => void process.stderr.write(text) }),
  };
  if (plan) {
    const planned = await planNightly(options);
    printResult(json, planOf(planned), planText(planned));
    return 0;
  }
  const revision = await revisionOf(signal);
  const { summary, htmlPath } = await runNightly({ ...options, ...(revision === undefined ? {} : { revision }) });
  tellGithub(summary, { json });
  printResult(json, summary, `${summary.headline}.\n${htmlPath}\n`);
  return exitCode(summary);
}

/** The commit that is tried; `undefined` without one, and where files differ from it. */
async function revisionOf(signal: AbortSignal): Promise<string | undefined> {
  const git = (...args: string[]) => captureCommand({ command: 'git', args, signal, timeoutMs: GIT_MS });
  const [head, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
  return head.exitCode === 0 && changes.exitCode === 0 && changes.stdout === '' ? head.stdout.trim() : undefined;
}

function planOf({ order, leftOut }: Plan) {
  return { order: order.map(({ candidate: { id, title }, expectedMs }) => ({ id, title, expectedMs })), leftOut };
}

function planText({ order, leftOut }: Plan): string {
  const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`.padStart(7);
  const rows = order.map(({ candidate, expectedMs }) => `${seconds(expectedMs)}  ${candidate.title}`);
  const left = leftOut.map(({ title, reason }) => `  left out: ${title}: ${reason}`);
  return `${[...rows, ...left].join('\n')}\n`;
}

/** Adds the flags that every nightly command has. */
export function withNight(command: Command): Command {
  return withJson(withCompose(withConfig(command)), SUMMARY)
    .option(
      '--budget <time>',
      'ends so much later, and within five minutes more: 90s, 60m, 2h',
      durationArgument,
      3_600_000,
    )
    .option('--seed <seed>', 'repeat the choices of an earlier night (default: the day)')
    .option('--tag <tag>', 'only scenarios with this tag; may be said again', also, [])
    .option('--history <file>', 'what is carried from night to night (default: ".rollproof/nightly/<stack>.json")')
    .option('--plan', 'say what would be tried, in which order, and what is left out; start nothing', false)
    .addHelpText(
      'after',
      exitCodes('nothing was found', 'something failed, changed its verdict, or left its noise', INCONCLUSIVE),
    );
}

export function defineNightly(command: Command): void {
  withNight(command)
    .argument('<files...>', 'scenario files; all their scenarios, those for the night among them')
    .option('--first <command>', 'run this before anything is chosen: what everybody runs by day')
    .option(
      '--also <command>',
      'a candidate beside the scenarios: its exit code is its verdict; may be said again',
      also,
      [],
    )
    .addHelpText(
      'after',
      examples(
        'nightly mine/*.scenario.ts --config mine/rollproof.config.ts --budget 60m',
        'nightly mine/*.scenario.ts -c mine/rollproof.config.ts --first "npm run e2e" --also "npm run soak"',
        'nightly mine/*.scenario.ts -c mine/rollproof.config.ts --plan',
      ),
    )
    .action((files: string[], flags: Flags) =>
      finish(interruptibleJson(flags.json, async (signal) => nightly(await choiceOf(files, flags), flags, signal))),
    );
}

async function choiceOf(files: readonly string[], { tag, config, first, also: others }: Flags): Promise<NightChoice> {
  const { candidates, leftOut } = await scenarioCandidates(files, tag);
  const shell = (text: string) => commandCandidate(text, ['sh', '-c', text]);
  const before = first === undefined ? undefined : shell(first);
  return {
    candidates: [...(before === undefined ? [] : [before]), ...candidates, ...others.map(shell)],
    ...(before === undefined ? {} : { first: before }),
    leftOut,
    rerun: commandLine(`nightly ${[...files, stackWords(config)].join(' ')}`),
  };
}
