import { AlertWatch } from '../observe/alert-watch';
import { writeMetrics } from '../observe/metrics-writer';
import type { Address } from '../observe/http-client';
import { Jaeger } from '../observe/jaeger';
import { Pager } from '../observe/pager';
import { Prometheus } from '../observe/prometheus';
import type { Alert, WatchedAlert } from '../contract/alerts';
import type { Endpoint } from '../contract/config';
import type { FileJournal } from '../contract/journal';
import { runAll } from '../core/errors';
import { publishedEndpoint } from '../docker/containers';
import type { LoadedConfig } from '../contract/config-file';
import type { RunningPlan } from './plan';

/** What observes the stack, reached by its published loopback ports. */
export interface ObservingServices {
  readonly prometheus: Prometheus;
  readonly jaeger: Jaeger;
  readonly pager: Pager;
  /** `undefined` when the configuration names no alert. */
  readonly alerts: AlertWatch | undefined;
  /** Ends the watch, and the writing of our own figures. */
  stop(): Promise<void>;
}

/** Connects to the observing services of a stack that is up; `undefined` when the configuration names none. */
export async function connectServices(
  { config, project }: LoadedConfig,
  { compression, alerts }: RunningPlan,
  journal: FileJournal,
  /** Of several processes that write their figures at once: which. Default: there is one. */
  instance?: string,
): Promise<ObservingServices | undefined> {
  const { observability } = config;
  if (observability === undefined) return undefined;
  const at = async ({ service, port }: Endpoint): Promise<Address> => {
    const locate = async () => {
      const endpoint = await publishedEndpoint(project, service, port);
      return `http://${endpoint.host}:${endpoint.port}`;
    };
    return { url: await locate(), locate };
  };
  const prometheus = new Prometheus(await at(observability.prometheus));
  const pager = new Pager(await at(observability.pager));
  const jaeger = new Jaeger(await at(observability.jaeger));
  tellUnwatched(config.alerts ?? [], alerts, journal);
  const watch =
    alerts.length === 0
      ? undefined
      : AlertWatch.start({ prometheus, pager, journal, alerts, factor: compression.factor });
  const labels = { job: 'rollproof', project, ...(instance === undefined ? {} : { instance }) };
  const endWriting = writeMetrics({ prometheus, journal, labels });
  return {
    prometheus,
    pager,
    jaeger,
    alerts: watch,
    stop: async () => void (await runAll([endWriting, async () => watch?.stop()])),
  };
}

/** An alert that came into the configuration after the stack was up has no rule in its Prometheus. */
function tellUnwatched(wanted: readonly Alert[], watched: readonly WatchedAlert[], journal: FileJournal): void {
  const missing = wanted.map(({ name }) => name).filter((name) => !watched.some((alert) => alert.name === name));
  if (missing.length === 0) return;
  const message = `not watched, since the stack came up without: ${missing.join(', ')}`;
  journal.append({ type: 'note', message, detail: { alerts: missing } });
}
