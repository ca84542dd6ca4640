import { execFileSync } from 'node:child_process';
import type { Attribution } from '../../harness/contract/attribution';
import { monotonicMs } from '../../harness/core/clock';
import { contentHash } from '../../harness/core/ids';
import { canary } from '../../harness/delivery/strategies/canary';
import type { Strategy } from '../../harness/delivery/strategies/strategy';
import type { ScenarioContext } from '../../harness/scenario/context';
import { LIVE_CASES, type LiveCase, type Trouble } from './attribution-cases';
import { CONFIG_FILE, RATE_PER_SECOND, composeFile } from './attribution-stack';
import { BusyMachine } from './busy-machine';
import { confusionTable, figuresOf, type Told } from './confusion';
import { onTheStack } from './on-the-stack';
import type { BenchOptions, BenchRow } from './row';

/** The share of the traffic at which a case is decided. */
const SHARE = 40;

const SHORT = { minReadyMs: 300, bakeMs: 1_000, windowMs: 300, warmupRequests: 20 };

/** A release that cannot be judged is given up after this time: what hurts both is told then. */
const NOT_JUDGED_MS = 7_000;
const JUDGED_WITHIN_MS = 60_000;

const STEADY = { errorRatioMax: 0.01, holdMs: 1_000 };

/** A sick replica is replaced, and its release goes on as a good one does. What the judge has an opinion of is not given up. */
function strategyOf({ label }: LiveCase): Strategy {
  const isPromoted = goesThrough(label);
  return canary({
    steps: [SHARE, 100],
    ...SHORT,
    riseToDetect: isPromoted ? 0.1 : 0.02,
    inconclusiveMs: isPromoted || label === 'version' ? JUDGED_WITHIN_MS : NOT_JUDGED_MS,
  });
}

/** Releases on a small real stack, each with whose fault it is that it goes back: what the judge says of it. Prints who was taken for whom. */
export async function benchAttribution(options: BenchOptions): Promise<readonly BenchRow[]> {
  const { IMAGE, TinyProject } = await import('../../harness/cli/testing/tiny-project');
  await using tiny = await TinyProject.create({ compose: composeFile(IMAGE), config: CONFIG_FILE });
  const images = new Map(LIVE_CASES.map(({ defect }) => [defect, imageWith(defect, IMAGE)]));
  const told = await onTheStack('attribution', { ...options, configPath: tiny.configPath }, async (context) => {
    const all: Told[] = [];
    await using load = await context.load.steady(STEADY);
    for (const one of LIVE_CASES) {
      options.signal.throwIfAborted();
      await load.awaitSteady(STEADY);
      const startedMs = monotonicMs();
      const said = await released(one, images.get(one.defect) ?? IMAGE, context, IMAGE);
      const tookMs = monotonicMs() - startedMs;
      all.push({ label: one.label, said, tookMs });
      process.stderr.write(`${one.label}, ${one.what}: ${said}, in ${Math.round(tookMs / 100) / 10} s\n`);
    }
    return all;
  });
  process.stdout.write(confusionTable(told));
  return figuresOf(told);
}

function goesThrough(label: Attribution): boolean {
  return label === 'none' || label === 'replica';
}

/** The image of a release with a defect. */
function imageWith(defect: LiveCase['defect'], image: string): string {
  if (defect === undefined) return image;
  const lines = Object.entries(defect).map(([name, value]) => `ENV ${name}=${value}`);
  const tag = `rollproof-test/attributed:${contentHash(lines.join()).slice(0, 8)}`;
  execFileSync('docker', ['build', '--quiet', '--tag', tag, '-'], { input: [`FROM ${image}`, ...lines].join('\n') });
  return tag;
}

/** Whom the judge blames. */
async function released(
  one: LiveCase,
  image: string,
  context: ScenarioContext,
  plainImage: string,
): Promise<Attribution> {
  await using trouble = await preparedTrouble(one.trouble, context, plainImage);
  await using rollout = await context.deploy('web', { image, strategy: strategyOf(one), redeploy: true });
  await rollout.reached({ weight: SHARE });
  await trouble.begin();
  await rollout.reached({ state: goesThrough(one.label) ? 'Baking' : 'Aborting' }).catch(() => undefined);
  await trouble[Symbol.asyncDispose]();
  return (await rollout.ended()).attribution ?? 'none';
}

interface RunningTrouble extends AsyncDisposable {
  begin(): Promise<void>;
}

async function preparedTrouble(
  trouble: Trouble | undefined,
  { load, stack }: ScenarioContext,
  image: string,
): Promise<RunningTrouble> {
  switch (trouble?.is) {
    case undefined:
      return { begin: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    case 'dependency': {
      const tell = async (errors: number, slowMs: number) => {
        const { host, port } = await stack.endpoint('back', 9_000);
        await fetch(`http://${host}:${port}/mode?errors=${errors}&slowMs=${slowMs}`);
      };
      return {
        begin: () => tell(trouble.errors ?? 0, trouble.slowMs ?? 0),
        [Symbol.asyncDispose]: () => tell(0, 0),
      };
    }
    case 'load': {
      let more: AsyncDisposable | undefined;
      return {
        begin: async () => {
          more = await load.open({ ratePerSecond: (trouble.times - 1) * RATE_PER_SECOND });
        },
        [Symbol.asyncDispose]: async () => more?.[Symbol.asyncDispose](),
      };
    }
    case 'machine': {
      const busy = new BusyMachine(image, trouble.priority);
      return { begin: async () => busy.begin(), [Symbol.asyncDispose]: async () => busy[Symbol.dispose]() };
    }
  }
}
