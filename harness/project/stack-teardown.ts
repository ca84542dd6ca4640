import type { TeardownStep } from '../core/bounded';
import type { Journal } from '../contract/journal';
import type { LogCompleteness } from '../docker/container-log';

/**
 * How long each step of the teardown may take, ms. Each is longer than the limits of what it does (an agent drains for 12 s, the log
 * collector reads for 60 s, Compose and the sweep after it get 60 s each, the guardian undoes for 30 s): it cuts off what hangs, and
 * nothing else.
 */
const STEP_MS = {
  faults: 60_000,
  watchers: 30_000,
  logs: 70_000,
  evidence: 60_000,
  project: 150_000,
  guardian: 60_000,
};

/** The parts of a stack that end, in this order. */
const PARTS = [
  { part: 'faults', name: 'reverting faults', timeoutMs: STEP_MS.faults },
  { part: 'alerts', name: 'ending the watch on alerts', timeoutMs: STEP_MS.watchers },
  { part: 'watching', name: 'ending the watch on traffic', timeoutMs: STEP_MS.watchers },
  { part: 'fronts', name: 'ending the watch on fronts', timeoutMs: STEP_MS.watchers },
  { part: 'logs', name: 'reading the last logs', timeoutMs: STEP_MS.logs },
] as const;

/** What ends each part of a stack. A part that never began has nothing to end. */
export type StackEnds = Partial<Record<(typeof PARTS)[number]['part'] | 'guardian', () => Promise<unknown>>>;

/** What removes the project itself. */
export interface ProjectEnds {
  readonly evidence: () => Promise<unknown>;
  readonly project: (signal: AbortSignal) => Promise<unknown>;
}

/** The steps that end a stack, in order: evidence before what it is taken from is removed, the guardian last. */
export function stackTeardown(ends: StackEnds, removal?: ProjectEnds): TeardownStep[] {
  const { guardian } = ends;
  return [
    ...PARTS.flatMap(({ part, ...step }) => {
      const run = ends[part];
      return run === undefined ? [] : [{ ...step, run }];
    }),
    ...(removal === undefined
      ? []
      : [
          { name: 'capturing evidence', timeoutMs: STEP_MS.evidence, run: removal.evidence },
          { name: 'removing the project', timeoutMs: STEP_MS.project, run: removal.project },
        ]),
    ...(guardian === undefined ? [] : [{ name: 'ending the guardian', timeoutMs: STEP_MS.guardian, run: guardian }]),
  ];
}

/** Logs are evidence: how complete they are goes to the journal. */
export function journalLogs(journal: Journal, logs: readonly LogCompleteness[]): void {
  const sum = (count: (log: LogCompleteness) => number) => logs.reduce((total, log) => total + count(log), 0);
  journal.append({
    type: 'measurement',
    name: 'log lines that containers wrote and the collector missed',
    value: sum(({ missing }) => missing),
    unit: 'lines',
    limit: 0,
    samples: sum(({ followed, backfilled }) => followed + backfilled),
  });
}
