import type { StackConfig } from '../../contract/config';
import type { OutcomeAccess } from '../../contract/outcomes';
import { HarnessError } from '../../core/errors';
import { listContainers, publishedEndpoint } from '../../docker/containers';
import { readLogs } from '../../docker/logs';
import { Prometheus } from '../prometheus';

/** How the source of a worker's outcomes reaches the stack that is up. */
export function outcomeAccess(options: {
  readonly project: string;
  readonly service: string;
  readonly observability: StackConfig['observability'];
}): OutcomeAccess {
  const { project, service, observability } = options;
  const endpoint = (name: string, port: number) => publishedEndpoint(project, name, port);
  const locate = async () => {
    if (observability === undefined) throw noPrometheus(service);
    const { host, port } = await endpoint(observability.prometheus.service, observability.prometheus.port);
    return `http://${host}:${port}`;
  };
  let prometheus: Prometheus | undefined;
  return {
    endpoint,
    lines: async (sinceMs) => {
      const consumers = (await listContainers({ project, service })).filter(({ role }) => role === 'revision');
      const read = consumers.map(async ({ id: containerId, composeService: revision }) => {
        const lines = await readLogs(containerId, { sinceMs });
        return lines.map(({ atMs, text }) => ({ revision, containerId, atMs, text }));
      });
      return (await Promise.all(read)).flat();
    },
    prometheus: async (query) => {
      prometheus ??= new Prometheus({ url: await locate(), locate });
      return prometheus.query(query);
    },
  };
}

function noPrometheus(service: string): HarnessError {
  return new HarnessError('config-invalid', {
    message: `the outcomes of ${service} are metrics, and the configuration names no Prometheus`,
    facts: { service },
    hint: 'Set `observability` in rollproof.config.ts.',
  });
}
