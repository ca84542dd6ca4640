import { releaseSentence, stepText } from '../contract/release-words';
import type { ReleaseResult as DeliveryReleaseResult } from '../contract/release-result';
import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { beginRollout } from '../delivery/controller';
import { FailedRequests } from '../delivery/failed-requests';
import type { Rollout } from '../delivery/handle';
import { prepareRelease } from '../delivery/release/run-release';
import { unlessExclusive } from '../delivery/strategies/for-service';
import type { ReleaseTarget } from '../project/release/target';
import type { BeginRelease, Release, ReleaseResult } from './context';
import type { LiveRun } from './live-run';
import { tellingJournal } from './rollout-progress';

/** How long the lines of the requests that ended last are waited for, ms. */
const LAST_LINES_MS = 10_000;

/** The context's `release`, on the run's stack. */
export function releaseOn(live: LiveRun, outer: AbortSignal): BeginRelease {
  return async ({ from, to, strategy, strategies = {} }) => {
    const { stack } = live;
    const journal = tellingJournal(live.journal, live.progress);
    const asked = new AbortController();
    const signal = AbortSignal.any([outer, asked.signal]);
    if (from !== undefined) await requireRuns(live, from, signal);
    const plan = await stack.planRelease(to, signal);
    const failed = new FailedRequests();
    const begun = new Map<string, Rollout>();
    const watched = new AbortController();
    const delivery = { ...stack.deliveryPorts(), journal };
    const ports = stack.releasePorts(plan, delivery, async (request) => {
      await delivery.watch(request.service, (sample) => failed.add(sample), watched.signal);
      const rollout = await beginRollout(request, ports.delivery);
      begun.set(request.service, rollout);
      return rollout;
    });
    const strategyOf = (service: string) => strategies[service] ?? unlessExclusive(plan.to.managed[service], strategy);
    const request = { steps: plan.steps, strategyOf, signal };
    const run = await prepareRelease(request, ports);
    const startedAtMs = wallMs();
    let endedAtMs: number | undefined;
    const ended = run()
      .then((result) =>
        complete(result, { begun, failed, caughtUp: (service, how) => delivery.caughtUp(service, how) }),
      )
      .finally(() => {
        endedAtMs = wallMs();
        watched.abort();
      });
    // Whoever asks for the end is told; a scenario that does not ask is closed for it.
    ended.catch(() => undefined);
    return handle(
      { ended, abort: (reason) => asked.abort(new HarnessError('aborted', { message: reason })) },
      {
        startedAtMs,
        endedAtMs: () => endedAtMs,
        steps: plan.steps.map(stepText),
      },
    );
  };
}

async function complete(
  result: DeliveryReleaseResult,
  parts: {
    readonly begun: ReadonlyMap<string, Rollout>;
    readonly failed: FailedRequests;
    readonly caughtUp: (service: string, options: { readonly timeoutMs: number }) => Promise<boolean>;
  },
): Promise<ReleaseResult> {
  const { begun, failed, caughtUp } = parts;
  const rollouts = await Promise.all([...begun.values()].map((rollout) => rollout.ended()));
  const told = await Promise.all(
    [...begun.keys()].map((service) => caughtUp(service, { timeoutMs: LAST_LINES_MS }).catch(() => false)),
  );
  const own = rollouts.filter(({ from, to }) => from !== to).map(({ to }) => failed.of(to));
  const ids = new Set(own.flatMap((one) => [...one.ids]));
  const leftOut = own.reduce((sum, one) => sum + one.leftOut, 0);
  return {
    ...result,
    rollouts,
    to: 'the new revisions',
    failedIdsOnNew: ids,
    failedIdsLeftOut: told.every(Boolean) ? leftOut : Number.POSITIVE_INFINITY,
  };
}

/** @throws HarnessError `release-unfit` when something else runs than what is to be left */
async function requireRuns(live: LiveRun, from: ReleaseTarget, signal: AbortSignal): Promise<void> {
  const { steps } = await live.stack.planRelease(from, signal);
  if (steps.length === 0) return;
  throw new HarnessError('release-unfit', {
    message: `the version that the release begins from is not what runs: ${steps.map(({ service }) => service).join(', ')} differ`,
    facts: { differ: steps.map(({ service }) => service) },
    hint: 'Leave `from` out to begin from what runs. Nothing was changed.',
  });
}

function handle(
  { ended, abort }: { readonly ended: Promise<ReleaseResult>; readonly abort: (reason: string) => void },
  told: {
    readonly startedAtMs: number;
    readonly endedAtMs: () => number | undefined;
    readonly steps: readonly string[];
  },
): Release {
  return {
    startedAtMs: told.startedAtMs,
    get endedAtMs() {
      return told.endedAtMs();
    },
    steps: told.steps,
    ended: () => ended,
    abort: (reason) => {
      abort(reason);
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      if (told.endedAtMs() !== undefined) return;
      abort('nobody waited for its end');
      const result = await ended;
      if (result.outcome === 'stuck') {
        throw new HarnessError('rollback-paused', {
          message: releaseSentence(result),
          facts: { release: result.release },
        });
      }
    },
  };
}
