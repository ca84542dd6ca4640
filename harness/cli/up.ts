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
