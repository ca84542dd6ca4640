import { deploy } from '../delivery/controller';
import { FailedRequests } from '../delivery/failed-requests';
import type { Deploy, Rollout } from './context';
import type { LiveRun } from './live-run';
import { tellingJournal } from './rollout-progress';

/** How long the lines of the requests that ended last are waited for, ms. */
const LAST_LINES_MS = 10_000;

/** The context's `deploy`, on the run's stack. */
export function deployOn(live: LiveRun, signal: AbortSignal, onEnd: (rollout: Rollout) => void): Deploy {
  const run = async (request: Omit<Parameters<typeof deploy>[0], 'signal'>): Promise<Rollout> => {
    const ports = live.stack.deliveryPorts();
    const journal = tellingJournal(ports.journal, live.progress);
    const failed = new FailedRequests();
    const watching = new AbortController();
    await ports.watch(request.service, (sample) => failed.add(sample), watching.signal);
    try {
      const result = await deploy({ ...request, signal }, { ...ports, journal });
      // It was rolled back because we were asked to leave: that is no finding about the release.
      signal.throwIfAborted();
      await ports.caughtUp(request.service, { timeoutMs: LAST_LINES_MS });
      const { ids, leftOut } = failed.of(result.to);
      const rollout: Rollout = {
        ...result,
        failedIdsOnNew: result.to === result.from ? new Set() : ids,
        failedIdsLeftOut: leftOut,
      };
      onEnd(rollout);
      return rollout;
    } finally {
      watching.abort();
    }
  };
  const plain = (service: string, spec: Parameters<Deploy>[1]) => run({ service, ...spec });
  return Object.assign(plain, {
    pinned: (service: string, { holdMs, ...spec }: Parameters<Deploy['pinned']>[1]) =>
      run({ service, ...spec, pinMs: holdMs }),
  });
}
