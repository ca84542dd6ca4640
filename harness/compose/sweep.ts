import { engine, hasStatus } from '../docker/client';
import { listContainers, removeContainer } from '../docker/containers';
import { LABEL } from './labels';

/** Removes whatever carries the project's label: containers, networks and, if asked, volumes. Nothing else is looked at. */
export async function sweepProject(project: string, options: { readonly volumes: boolean }): Promise<void> {
  const containers = await listContainers({ project });
  await Promise.all(containers.map(({ id }) => removeContainer(id)));
  const filters = { label: [`${LABEL.project}=${project}`] };
  const networks = await engine().listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => ignoringGone(() => engine().getNetwork(Id).remove())));
  if (!options.volumes) return;
  const { Volumes: volumes } = await engine().listVolumes({ filters });
  await Promise.all(volumes.map(({ Name }) => ignoringGone(() => engine().getVolume(Name).remove())));
}

async function ignoringGone(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
