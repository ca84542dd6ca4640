import { writtenMounts } from '../../compose/definition';
import type { Revision } from './revision';

/** Named volumes, and folders and files of the machine, that two revisions write while both run. */
export function volumesInCommon(one: Revision, other: Revision): string[] {
  const written = writtenMounts(other.definition);
  return writtenMounts(one.definition).filter((volume) => written.includes(volume));
}

/** Said wherever it matters: what a rollout cannot keep apart. */
export function sharedVolumeText({ service, volume }: { readonly service: string; readonly volume: string }): string {
  const what = volume.startsWith('/') ? `what stands for ${volume}` : `volume ${volume}`;
  return `${what} has two writers while ${service} is rolled out, the old and the new revision: \`exclusive: true\` stops the old one first`;
}
