import { terminalProgress } from '../run/progress';
import { Session } from '../run/session';

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
  const { summary, text } = await session.finish();
  if (summary.verdict === 'error') {
    process.stderr.write(`${text}\n`);
    return 1;
  }
  for (const [name, url] of Object.entries(urls)) process.stdout.write(`${name.padEnd(14)} ${url}\n`);
  process.stdout.write('\nDeploy with `npm run rollproof -- deploy`; take it down with `npm run down`.\n');
  return 0;
}
