import type { Journal } from '../contract/journal';
import { errorMessage } from '../core/errors';
import { openControlDoor, type ControlRequest } from '../delivery/control-door';
import { beginRollout } from '../delivery/controller';
import { FailedRequests } from '../delivery/failed-requests';
import { withResult, type Rollout } from '../delivery/handle';
import type { RequestSample } from '../delivery/ports';
import { requireManaged } from '../delivery/revisions/require-managed';
import { LOAD_ID } from '../load/contract';
import type { Deploy } from './context';
import type { LiveRun } from './live-run';
import { tellingJournal } from './rollout-progress';

/** How long the lines of the requests that ended last are waited for, ms. */
const LAST_LINES_MS = 10_000;

/** So many requests of which none is the load's say that its ids do not come through. */
const STRANGERS_MIN = 20;

/** What the load finds wrong, or loses, is of no revision then. */
function strangersText(service: string, requests: number): string {
  return (
    `none of ${requests} requests on ${service} bore an id of the load: what it finds wrong is charged to no revision of ${service}. ` +
    'Let the services before it pass x-request-id on.'
  );
}

/** The context's `deploy`, on the run's stack. */
export function deployOn(live: LiveRun, signal: AbortSignal): Deploy {
  return async (service, spec) => {
    const ports = live.stack.deliveryPorts();
    requireManaged(service, ports.managed);
    const journal = tellingJournal(ports.journal, live.progress);
    const failed = new FailedRequests();
    const known = { requests: 0, ofLoad: 0 };
    const take = (sample: RequestSample, replaces?: RequestSample) => {
      failed.add(sample);
      if (replaces !== undefined) return;
      known.requests += 1;
      if (sample.id.startsWith(LOAD_ID)) known.ofLoad += 1;
    };
    // Of its own: a scenario may deploy often, and what listens to one signal is bounded.
    await ports.watch(service, take, AbortSignal.any([signal]));
    const begun = await beginRollout({ service, ...spec, signal }, { ...ports, journal });
    void steerable(begun, { service, live, journal });
    return withResult(begun, async (delivered) => {
      // It was taken back because we were asked to leave: that is no finding about the release.
      signal.throwIfAborted();
      // How the rollout ended stands, whatever its front can still tell.
      const isTold = await ports.caughtUp(service, { timeoutMs: LAST_LINES_MS }).catch(() => false);
      if (live.ledgerPaths.length > 0 && known.requests >= STRANGERS_MIN && known.ofLoad === 0) {
        journal.append({ type: 'note', message: strangersText(service, known.requests) });
      }
      const { ids, leftOut } = failed.of(delivered.to);
      const isNew = delivered.to !== delivered.from;
      const failedIdsLeftOut = isTold ? leftOut : Number.POSITIVE_INFINITY;
      return { ...delivered, failedIdsOnNew: isNew ? ids : new Set<string>(), failedIdsLeftOut };
    });
  };
}

/** Lets other commands steer a rollout until it ends. One that cannot be steered goes on all the same. */
async function steerable(
  rollout: Rollout,
  { service, live, journal }: { readonly service: string; readonly live: LiveRun; readonly journal: Journal },
): Promise<void> {
  const note = (message: string) => journal.append({ type: 'note', message: `${service}: ${message}` });
  const onAsked = ({ verb, reason }: ControlRequest) => note(`${verb}, ${reason}`);
  try {
    await using _door = await openControlDoor({ ...live.loaded, service, rollout, onAsked });
    await rollout.ended().catch(() => undefined);
  } catch (error) {
    note(`other commands cannot steer the rollout: ${errorMessage(error)}`);
  }
}
