import { engine, hasStatus } from './client';
import { LABEL } from './labels';

/** Makes a volume of a project's, unless it is there. `options` are the local driver's. */
export async function ensureVolume(
  project: string,
  name: string,
  options: Readonly<Record<string, string>> = {},
): Promise<{ readonly mountpoint: string }> {
  const own = { Name: name, Driver: 'local', DriverOpts: { ...options }, Labels: { [LABEL.project]: project } };
  await engine().createVolume(own);
  const { Mountpoint: mountpoint } = await engine().getVolume(name).inspect();
  return { mountpoint };
}

export async function hasVolume(name: string): Promise<boolean> {
  try {
    await engine().getVolume(name).inspect();
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** Names of the running containers that mount a volume. */
export async function usersOfVolume(name: string): Promise<string[]> {
  const containers = await engine().listContainers({ filters: { volume: [name] } });
  return containers.map(({ Names: [first = ''] }) => first.replace(/^\//, ''));
}

/** Removes a volume. One that is not there is no error; one that is in use is. */
export async function removeVolume(name: string): Promise<void> {
  try {
    await engine().getVolume(name).remove();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
