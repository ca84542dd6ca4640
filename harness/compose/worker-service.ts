import type { WorkerSettings } from '../contract/config';
import type { ServiceDefinition } from './definition';
import type { ComposeModel } from './model';
import { unsupported } from './unsupported';

const HINT =
  'A worker gets no traffic and has no name on the network: leave it out of `workers`, or make it a service of `managed`.';

/**
 * Refuses what a worker cannot be: nobody can reach one, nor wait for one, by its name, since only its revisions run.
 * @throws HarnessError `service-unsupported`
 */
export function checkWorker(name: string, settings: WorkerSettings, { services }: ComposeModel): void {
  const { ports = [], deploy, scale, network_mode: ownMode } = services[name] ?? {};
  const [published] = ports;
  if (ownMode !== undefined) throw unsupported(name, `it has network_mode ${ownMode}, but is a worker`, HINT);
  if (published !== undefined) throw unsupported(name, `it publishes port ${published.target}, but is a worker`, HINT);
  const replicas = settings.replicas ?? deploy?.replicas ?? scale ?? 1;
  if (settings.singleton === true && replicas > 1) {
    throw unsupported(
      name,
      `it has ${replicas} replicas, but is a singleton`,
      'Ask for one replica in the compose file.',
    );
  }
  for (const [other, { depends_on: dependsOn, network_mode: mode }] of Object.entries(services)) {
    if (Object.hasOwn(dependsOn ?? {}, name))
      throw unsupported(name, `${other} depends on it, but it is a worker`, HINT);
    if (mode === `service:${name}`) throw unsupported(name, `${other} shares its network, but it is a worker`, HINT);
  }
}

/** The definition of a worker's revision: with as many consumers as the configuration asks for, where it does. */
export function workerDefinition(definition: ServiceDefinition, { replicas }: WorkerSettings): ServiceDefinition {
  if (replicas === undefined) return definition;
  const { deploy, ...service } = definition.service;
  const { replicas: _replicas, ...rest } = deploy ?? {};
  return { ...definition, service: { ...service, ...(deploy === undefined ? {} : { deploy: rest }), scale: replicas } };
}
