import { AlertWatch } from '../observe/alert-watch';
import { Jaeger } from '../observe/jaeger';
import { Pager } from '../observe/pager';
import { Prometheus } from '../observe/prometheus';
import type { Endpoint } from '../contract/config';
import type { Journal } from '../contract/journal';
import { publishedEndpoint } from '../docker/containers';
import type { LoadedConfig } from '../contract/config-file';
import type { StackPlan } from './plan';

/** What observes the stack, reached by its published loopback ports. */
export interface ObservingServices {
  readonly prometheus: Prometheus;
  readonly jaeger: Jaeger;
  readonly pager: Pager;
  /** `undefined` when the configuration names no alert. */
  readonly alerts: AlertWatch | undefined;
}

/** Connects to the observing services of a stack that is up; `undefined` when the configuration names none. */
export async function connectServices(
  { config, project }: LoadedConfig,
  { compression }: StackPlan,
  journal: Journal,
): Promise<ObservingServices | undefined> {
  const { observability, alerts } = config;
  if (observability === undefined) return undefined;
  const at = async ({ service, port }: Endpoint) => {
    const endpoint = await publishedEndpoint(project, service, port);
    return `http://${endpoint.host}:${endpoint.port}`;
  };
  const prometheus = new Prometheus(await at(observability.prometheus));
  const pager = new Pager(await at(observability.pager));
  return {
    prometheus,
    pager,
    jaeger: new Jaeger(await at(observability.jaeger)),
    alerts:
      alerts === undefined || alerts.length === 0
        ? undefined
        : AlertWatch.start({ prometheus, pager, journal, alerts, factor: compression.factor }),
  };
}
