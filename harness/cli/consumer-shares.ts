import type { ContainerInfo } from '../docker/containers';

/** Percent of the consumers of a worker that run, by the label of their revision. */
export function consumerShares(
  worker: string,
  containers: readonly Pick<ContainerInfo, 'service' | 'composeService' | 'role' | 'state'>[],
): Readonly<Record<string, number>> {
  const own = containers.filter(
    ({ service, role, state }) => service === worker && role === 'revision' && state === 'running',
  );
  const labels = [...new Set(own.map(({ composeService }) => composeService))];
  const running = (label: string) => own.filter(({ composeService }) => composeService === label).length;
  return Object.fromEntries(labels.map((label) => [label, Math.round((100 * running(label)) / own.length)]));
}
