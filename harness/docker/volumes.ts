import { engine, hasStatus } from './client';

/** Removes a volume. One that is not there is no error; one that is in use is. */
export async function removeVolume(name: string): Promise<void> {
  try {
    await engine().getVolume(name).remove();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
