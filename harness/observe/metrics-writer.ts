import { every, wallMs } from '../core/clock';
import { errorMessage, hasCode } from '../core/errors';
import type { FileJournal } from '../contract/journal';
import { HarnessMetrics } from './harness-metrics';
import type { Prometheus } from './prometheus';

/** As often as Prometheus scrapes in a run that is much compressed. */
const WRITE_INTERVAL_MS = 1_000;

export interface MetricsWriterOptions {
  readonly prometheus: Pick<Prometheus, 'write'>;
  readonly journal: Pick<FileJournal, 'append' | 'onLine'>;
  /** Labels of every series, such as the run's project. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Writes the harness' own figures to the stack's Prometheus while a run is up. They are pushed, by remote write to the loopback port that
 * Prometheus publishes: no container has to call back to the host, none is added, and Prometheus keeps them when the harness has gone.
 * A Prometheus that takes none (it needs `--web.enable-remote-write-receiver`) is told of once in the journal, and left alone.
 * Returns how to end it: with a last write, so that what was true at the end is on the dashboard.
 */
export function writeMetrics({ prometheus, journal, labels }: MetricsWriterOptions): () => Promise<void> {
  const metrics = new HarnessMetrics();
  const forget = journal.onLine((line) => metrics.observe(line));
  let refused = false;
  let writing = Promise.resolve();
  const write = () => {
    writing = writing.then(async () => {
      if (refused) return;
      try {
        const samples = await metrics.samples(wallMs(), labels);
        if (samples.length > 0) await prometheus.write(samples);
      } catch (error) {
        // One that was killed comes back.
        if (hasCode(error, 'observability-unreachable')) return;
        refused = true;
        journal.append({
          type: 'skipped-capability',
          capability: "the harness' own figures in Prometheus",
          reason: errorMessage(error),
        });
      }
    });
    return writing;
  };
  const stop = every(WRITE_INTERVAL_MS, () => void write());
  return async () => {
    stop();
    await write();
    forget();
  };
}
