import { dirname, join } from 'node:path';
import { runCompose } from '../../harness/compose/cli';
import { instrument } from '../../harness/compose/instrument';
import { ComposeProject } from '../../harness/compose/project';
import { monotonicMs } from '../../harness/core/clock';
import { HarnessError } from '../../harness/core/errors';
import { MemoryJournal } from '../../harness/contract/journal';
import { acquireLock } from '../../harness/project/lock';
import { sweepProject } from '../../harness/docker/sweep';
import { FrontKeeper } from '../../harness/front/keeper';
import { keepImage } from '../../harness/delivery/live';
import { loadConfigFile } from '../../harness/contract/config-file';
import { planStack } from '../../harness/project/plan';
import { readSupply } from '../../harness/docker/supply';
import { quantile } from '../../harness/statistics/quantile';
import { type BenchOptions, type BenchRow } from './row';

const PAIRS = 5;
const RATIO_MAX = 1.25;

/**
 * Our `up` (the user's services behind fronts, with the keeper that fills them) against `docker compose up --wait` of the same services
 * without fronts, in turns. The first pair warms the page cache and is not counted.
 */
export async function benchWarmUp({ configPath, signal }: BenchOptions): Promise<BenchRow[]> {
  const loaded = await loadConfigFile(configPath);
  const plan = await planStack(loaded, readSupply(), { signal });
  const project = `${loaded.project}-bench`;
  const stateDir = join(dirname(loaded.stateDirectory), project);
  using _lock = acquireLock({ path: join(stateDir, 'lock'), project, command: 'npm run bench -- warm-up' });
  const common = { model: plan.model, project, frontImage: plan.frontImage, publish: 'ephemeral' } as const;
  const compose = new ComposeProject({ project, stateDir });

  const plain = async () => {
    compose.write(instrument({ ...common, managed: {}, revisions: [] }));
    const args = ['-p', project, '-f', compose.path, 'up', '--detach', '--wait'];
    const result = await runCompose({ args, signal });
    if (result.exitCode !== 0) throw new HarnessError('compose-up-failed', { message: result.stderr.slice(-1_000) });
  };
  const ours = async () => {
    for (const revision of plan.firstRevisions) await keepImage(project, revision);
    compose.write(instrument({ ...common, managed: loaded.config.managed, revisions: plan.firstRevisions }));
    await using _keeper = await FrontKeeper.start({
      project,
      services: () => Object.keys(loaded.config.managed),
      revisions: () => plan.firstRevisions,
      signal,
      journal: new MemoryJournal(),
    });
    await compose.up({ signal });
  };
  const timed = async (up: () => Promise<void>) => {
    const startedMs = monotonicMs();
    try {
      await up();
      return monotonicMs() - startedMs;
    } finally {
      await sweepProject(project);
    }
  };

  const times: { readonly plainMs: number; readonly oursMs: number }[] = [];
  for (let pair = 0; pair <= PAIRS; pair += 1) times.push({ plainMs: await timed(plain), oursMs: await timed(ours) });
  const counted = times.slice(1);
  const ratio = quantile(
    counted.map(({ plainMs, oursMs }) => oursMs / plainMs),
    0.5,
  );
  const oursMs = quantile(
    counted.map((pair) => pair.oursMs),
    0.5,
  );
  const plainMs = quantile(
    counted.map((pair) => pair.plainMs),
    0.5,
  );
  return [
    { name: 'warm up, median', value: oursMs, unit: 'ms', baseline: plainMs, ratio, samples: PAIRS },
    { name: 'warm up ÷ plain compose, median of pairs', value: ratio, unit: '', limit: RATIO_MAX, samples: PAIRS },
  ];
}
