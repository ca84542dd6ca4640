import { writtenVolumes } from '../../compose/definition';
import type { Revision } from './revision';

/** Named volumes that two revisions write while both run. */
export function volumesInCommon(one: Revision, other: Revision): string[] {
  const written = writtenVolumes(other.definition);
  return writtenVolumes(one.definition).filter((volume) => written.includes(volume));
}

/** Said wherever it matters: what a rollout cannot keep apart. */
export function sharedVolumeText({ service, volume }: { readonly service: string; readonly volume: string }): string {
  return `volume ${volume} has two writers while ${service} is rolled out: the old and the new revision`;
}
