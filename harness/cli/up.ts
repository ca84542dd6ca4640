import type { Command } from 'commander';
import { interruptible } from '../core/interrupt';
import { examples, finish, withConfig } from './help';
import { terminalProgress } from '../core/progress';
import { Session } from '../scenario/session';

/** `rollproof up`: brings the stack up behind its fronts, prints its URLs, and leaves it up. */
export async function up({
  config,
  signal,
}: {
  readonly config: string;
  readonly signal: AbortSignal;
}): Promise<number> {
  const session = await Session.start({
    configPath: config,
    title: 'up',
    rerun: `npm run up -- --config ${config}`,
    keep: true,
    signal,
    progress: terminalProgress(),
  });
  const urls = await session.stack.urls();
  const [service = ''] = Object.keys(session.loaded.config.managed);
  const { summary, text } = await session.finish();
  if (summary.verdict === 'error') {
    process.stderr.write(`${text}\n`);
    return 1;
  }
  for (const [name, url] of Object.entries(urls)) process.stdout.write(`${name.padEnd(14)} ${url}\n`);
  const deploy = `npm run rollproof -- deploy ${service} --image IMAGE --load --config ${config}`;
  process.stdout.write(`\nDeploy with \`${deploy}\`; take it down with \`npm run down\`.\n`);
  return 0;
}

export function addUp(program: Command): void {
  withConfig(program.command('up'))
    .description('bring the stack up behind its fronts and leave it up')
    .addHelpText('after', examples('npm run up', 'npm run up -- --config mine/rollproof.config.ts'))
    .action((options: { config: string }) => finish(interruptible((signal) => up({ ...options, signal }))));
}
