import type { ComposeModel } from '../compose/model';
import { fillVolumes } from '../compose/mounts/copied-volumes';
import { parseProject } from '../compose/parse';
import type { LoadedConfig } from '../contract/config-file';
import { HarnessError } from '../core/errors';
import { didYouMean } from '../core/nearest';
import { userProject, type RunningPlan } from './plan';

/** @throws HarnessError `unknown-volume` for what the configuration would copy, and the compose files do not name */
export function checkCopied(copied: readonly string[], model: ComposeModel, path: string): void {
  const known = Object.keys(model.volumes ?? {});
  for (const volume of copied) {
    if (known.includes(volume)) continue;
    throw new HarnessError('unknown-volume', {
      message: `${path}: volumes.${volume} names a volume that the compose project does not have${didYouMean(volume, known)}`,
      facts: { volume, known },
      hint: known.length === 0 ? 'It has no named volumes.' : `Its volumes are ${known.join(', ')}.`,
    });
  }
}

/**
 * Fills the volumes that the configuration asks for, from those of the user's own project. Says what was copied.
 * @throws HarnessError `unknown-volume`, `mount-too-large`, `helper-failed`, `compose-invalid`
 */
export async function fillCopied(loaded: LoadedConfig, plan: RunningPlan, signal: AbortSignal): Promise<string[]> {
  const copied = Object.keys(loaded.config.volumes ?? {});
  if (copied.length === 0) return [];
  // Under the name that compose itself gives the project, which is the user's.
  const { projectName: _ours, ...user } = userProject(loaded, plan);
  const own = await parseProject({ ...user, signal });
  const volumes = copied.map((volume) => [volume, own.volumes?.[volume]?.name ?? volume] as const);
  const { project } = loaded;
  return fillVolumes({ project, helperImage: plan.helperImage, volumes: Object.fromEntries(volumes), signal });
}
