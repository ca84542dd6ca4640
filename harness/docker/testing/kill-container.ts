import { engine, hasStatus } from '../client';

/** Kills a container through the Engine. Beware: this switches off its restart policy until its next start. */
export async function killContainer(id: string): Promise<void> {
  try {
    await engine().getContainer(id).kill();
  } catch (error) {
    // Gone, or dead already.
    if (!hasStatus(error, 404, 409)) throw error;
  }
}
