import type { OutcomeReader } from '../../contract/outcomes';
import { requireManaged } from '../revisions/require-managed';
import type { UndoKeeper } from '../../faults/context';
import { OutcomeWatch, type OutcomeWatchOptions } from './outcome-watch';
import type { DeliveryPorts } from '../ports';
import { otherSlot, type Revision } from '../revisions/revision';
import { dropLease, endLease, leaseStable } from '../share-lease';

/** So much later a source shows what had ended, ms: a transaction that is committing, a line on its way. */
const SEEN_AFTER_MS = 500;

/** What a front does for a managed service, and what is otherwise for a worker. */
type Routing =
  | ('usable' | 'hanging' | 'admit' | 'drain' | 'awaitDrained' | 'retire' | 'probe')
  | ('setWeights' | 'share' | 'lease' | 'endLease' | 'givenBack' | 'watch' | 'caughtUp');

/** How the containers of workers are started, stopped and counted. */
export type Consumers = Omit<DeliveryPorts, Routing>;

export interface WorkerPortsOptions {
  readonly consumers: Consumers;
  /** Brings the consumers of stable back when this process dies. */
  readonly guardian: UndoKeeper;
  /** Begins to read what becomes of each worker's messages. */
  readonly outcomes: Readonly<Record<string, () => OutcomeReader>>;
  readonly every: OutcomeWatchOptions['every'];
}

/**
 * What a rollout of a worker acts through. Nobody routes messages: whoever runs takes them, so that shares are numbers of containers, and
 * nothing is admitted or drained. A consumer finishes its message, or gives it back, when it is told to stop.
 */
export function workerPorts({ consumers, guardian, outcomes, every }: WorkerPortsOptions): DeliveryPorts {
  const { clock, revisions, journal, readyReplicas, runningReplicas } = consumers;
  const epochs: { readonly epoch: number; readonly fromMs: number }[] = [];
  const watches = new Map<string, OutcomeWatch>();
  const epochAt = (atMs: number) => epochs.findLast(({ fromMs }) => fromMs <= atMs)?.epoch ?? 0;
  const watchOf = (service: string): OutcomeWatch => {
    const known = watches.get(service);
    if (known !== undefined) return known;
    const reader = requireManaged(service, outcomes)();
    const onFailure = (message: string) =>
      journal.append({ type: 'note', message: `outcomes of ${service} cannot be read: ${message}` });
    const watch = new OutcomeWatch({ reader, now: () => clock.now(), every, epochAt, onFailure });
    watches.set(service, watch);
    return watch;
  };
  const countsOf = (service: string) =>
    Promise.all(revisions.list(service).map(async (one) => ({ one, running: await runningReplicas(one) })));
  const lease: DeliveryPorts['lease'] = (candidate, terms) =>
    leaseStable(candidate, terms, { guardian, revisions, action: 'consumers' });
  return {
    ...consumers,
    usable: async (revision) => (await readyReplicas(revision)) > 0,
    hanging: async (_service, asked) => asked.map(() => []),
    admit: async () => undefined,
    drain: async () => undefined,
    awaitDrained: async () => true,
    retire: async () => undefined,
    setWeights: async (service, weights, terms = {}) => {
      const stable = revisions.stable(service);
      const other = stable === undefined ? 'green' : otherSlot(stable.slot);
      const candidate = revisions.list(service).findLast(({ slot }) => slot === other);
      if (weights[other] === 0 || candidate === undefined) await dropLease(service, guardian);
      else await lease(candidate, terms);
      const epoch = (epochs.at(-1)?.epoch ?? 0) + 1;
      epochs.push({ epoch, fromMs: clock.now() });
      return epoch;
    },
    share: async ({ service, label }) => {
      const counts = await countsOf(service);
      const all = counts.reduce((sum, { running }) => sum + running, 0);
      const own = counts.find(({ one }) => one.label === label)?.running ?? 0;
      return all === 0 ? 0 : Math.round((100 * own) / all);
    },
    lease,
    endLease: (service) => endLease(service, guardian),
    givenBack: async (service) => {
      const candidate = revisions.unfinished(service).at(-1);
      if (candidate === undefined) return undefined;
      const counts = await countsOf(service);
      const others = counts.filter(({ one, running }) => one.label !== candidate.label && running > 0);
      const own = counts.find(({ one }) => one.label === candidate.label)?.running ?? 0;
      // Nobody but the guardian stops the one and starts the other without a line in the journal.
      if (own > 0 || others.length === 0) return undefined;
      return { candidate: candidate.label, says: `had ${labels(others)} consume again` };
    },
    probe: async (service) => (await countsOf(service)).flatMap(({ one, running }) => (running > 0 ? [one.label] : [])),
    watch: (service, onSample, signal) => watchOf(service).subscribe(onSample, signal),
    caughtUp: async (service) => {
      await clock.sleep(SEEN_AFTER_MS);
      return watchOf(service).caughtUp();
    },
  };
}

function labels(counts: readonly { readonly one: Revision }[]): string {
  return counts.map(({ one }) => one.label).join(', ');
}
