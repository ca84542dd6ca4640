import { execFileSync } from 'node:child_process';
import { monotonicMs } from '../../harness/core/clock';
import { seededRandom } from '../../harness/core/random';
import { STRATEGIES } from '../../harness/delivery/strategies/list';

/** How long a benchmark may try what it has drawn. */
export const BUDGET_MS = 1_000 * Number(process.env['CRASH_POINTS_SECONDS'] ?? 1_800);
const SEED = process.env['CRASH_POINTS_SEED'] ?? 'crash-points';

/** The strategies to try: by default all that there are. */
export const KINDS = STRATEGIES.map(({ kind }) => kind).filter(
  (kind) => process.env['CRASH_POINTS_STRATEGIES']?.split(',').includes(kind) ?? true,
);

/** What makes a rollout of the tiny service short; which points it has is the strategy's own. */
export const SHORT = ['--rise', '50', '--min-ready', '0.3', '--bake', '1', '--window', '0.3', '--warmup', '10'];
const OWN: Readonly<Record<string, readonly string[]>> = {
  canary: ['--steps', '50,100'],
  // Its answer is the name of its revision.
  shadow: ['--steps', '50,100', '--copies', '10', '--copies-per-second', '20', '--accept', 'body'],
};

/** A release that fails every other request. */
const BAD_IMAGE = 'rollproof-test/tiny:fails-every-other';

export function buildBadImage(image: string): void {
  execFileSync('docker', ['build', '--quiet', '--tag', BAD_IMAGE, '-'], {
    input: `FROM ${image}\nENV FAILS_EVERY_OTHER=1\n`,
  });
}

/** A release of the tiny service: the words of `deploy` after its name. */
export interface Way {
  readonly name: 'good' | 'bad';
  readonly deploy: readonly string[];
}

/** A good and a bad release by a strategy; `more` words count instead of those before. */
export function waysOf(kind: string, image: string, more: readonly string[] = []): readonly Way[] {
  const words = ['--strategy', kind, ...SHORT, ...(OWN[kind] ?? []), ...more];
  return [
    { name: 'good', deploy: ['--image', image, '--redeploy', ...words] },
    { name: 'bad', deploy: ['--image', BAD_IMAGE, '--redeploy', ...words] },
  ];
}

/** In an order of the seed's own. */
function shuffled<T>(items: readonly T[], seed: string): T[] {
  const random = seededRandom(seed);
  const keyed = items.map((item) => ({ item, key: random.next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Something to try: a release, where it is disturbed, and at what kind of moment that is, where there are kinds. */
export interface Drawn<Way, At> {
  readonly way: Way;
  readonly at: At;
  readonly moment?: string;
}

/**
 * Tries what was drawn, in an order of the seed's own but once at each kind of moment first, until the time is up; what never came to its point
 * does not count.
 */
export async function tryUntil<Way extends { readonly name: string }, At, Trial>(
  drawn: readonly Drawn<Way, At>[],
  { kind, untilMs, signal }: { readonly kind: string; readonly untilMs: number; readonly signal: AbortSignal },
  attempt: (way: Way, at: At) => Promise<Trial | undefined>,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { way, at } of eachMomentFirst(shuffled(drawn, `${SEED} ${kind}`))) {
    signal.throwIfAborted();
    if (monotonicMs() > untilMs) break;
    const trial = await attempt(way, at);
    if (trial === undefined) continue;
    trials.push(trial);
    process.stderr.write(`${kind}, ${way.name}: ${JSON.stringify(trial)}\n`);
  }
  return trials;
}

function eachMomentFirst<T extends { readonly moment?: string }>(drawn: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  const [first, others]: [T[], T[]] = [[], []];
  for (const one of drawn) {
    const isFirst = one.moment !== undefined && !seen.has(one.moment);
    (isFirst ? first : others).push(one);
    if (one.moment !== undefined) seen.add(one.moment);
  }
  return [...first, ...others];
}
