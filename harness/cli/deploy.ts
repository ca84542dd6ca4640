import { canary } from '../delivery/strategies/canary';
import { isHarnessError } from '../core/errors';
import { exitCode } from '../verdict/exit-code';
import { terminalProgress } from '../run/progress';
import { Session } from '../run/session';
import type { ScenarioContext } from '../run/context';

export interface DeployOptions {
  readonly service: string;
  readonly config: string;
  readonly image: string;
  readonly steps: readonly number[];
  /** Points of the error ratio. */
  readonly rise: number;
  readonly redeploy: boolean;
  readonly load: boolean;
  readonly signal: AbortSignal;
}

function rerun({ service, image, config, steps, rise, redeploy, load }: DeployOptions): string {
  const flags = [...(redeploy ? ['--redeploy'] : []), ...(load ? ['--load'] : [])];
  const said = [`--image ${image}`, `--steps ${steps.join(',')}`, `--rise ${rise}`, ...flags, `--config ${config}`];
  return `npm run rollproof -- deploy ${service} ${said.join(' ')}`;
}

/** `rollproof deploy SERVICE --image IMAGE`: on a stack that is up. Exit 1 when it was rolled back. */
export async function deployCommand(options: DeployOptions): Promise<number> {
  const session = await Session.start({
    configPath: options.config,
    title: `deploy ${options.service}`,
    rerun: rerun(options),
    stack: 'existing',
    signal: options.signal,
    progress: terminalProgress(),
  });
  const run = async ({ load, deploy, expect }: ScenarioContext) => {
    await using traffic = options.load ? await load.open() : undefined;
    const { service, image, redeploy } = options;
    const rollout = await deploy(service, {
      image,
      redeploy,
      strategy: canary({ steps: options.steps, riseToDetect: options.rise / 100 }),
    });
    await traffic?.stop();
    const reason = rollout.reason === undefined ? '' : `: ${rollout.reason}`;
    process.stdout.write(`${rollout.outcome} ${rollout.from} → ${rollout.to}${reason}\n`);
    if (rollout.outcome === 'unchanged') expect(rollout.from).toBe(rollout.to);
    else expect(rollout).toHaveBeenPromoted();
    if (traffic !== undefined) expect(traffic).toHaveLostNoRequests();
  };
  const outcome = await session.run(
    { id: 'deploy', title: `deploy ${options.image} to ${options.service}`, run },
    'delivery',
  );
  const { summary, htmlPath } = await session.finish();
  if (isHarnessError(outcome.error) && outcome.verdict === 'error') throw outcome.error;
  if (outcome.reason !== undefined) process.stderr.write(`${outcome.reason}\n`);
  process.stdout.write(`${htmlPath}\n`);
  return exitCode(summary.verdict);
}
