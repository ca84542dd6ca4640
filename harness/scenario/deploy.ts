import { beginRollout } from '../delivery/controller';
import { FailedRequests } from '../delivery/failed-requests';
import { withResult } from '../delivery/handle';
import { requireManaged } from '../delivery/require-managed';
import type { Deploy } from './context';
import type { LiveRun } from './live-run';
import { tellingJournal } from './rollout-progress';

/** How long the lines of the requests that ended last are waited for, ms. */
const LAST_LINES_MS = 10_000;

/** The context's `deploy`, on the run's stack. */
export function deployOn(live: LiveRun, signal: AbortSignal): Deploy {
  return async (service, spec) => {
    const ports = live.stack.deliveryPorts();
    requireManaged(service, ports.managed);
    const journal = tellingJournal(ports.journal, live.progress);
    const failed = new FailedRequests();
    await ports.watch(service, (sample) => failed.add(sample), signal);
    const begun = await beginRollout({ service, ...spec, signal }, { ...ports, journal });
    return withResult(begun, async (delivered) => {
      // It was taken back because we were asked to leave: that is no finding about the release.
      signal.throwIfAborted();
      // How the rollout ended stands, whatever its front can still tell.
      const isTold = await ports.caughtUp(service, { timeoutMs: LAST_LINES_MS }).catch(() => false);
      const { ids, leftOut } = failed.of(delivered.to);
      const isNew = delivered.to !== delivered.from;
      const failedIdsLeftOut = isTold ? leftOut : Number.POSITIVE_INFINITY;
      return { ...delivered, failedIdsOnNew: isNew ? ids : new Set<string>(), failedIdsLeftOut };
    });
  };
}
