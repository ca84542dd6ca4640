import { HarnessError } from '../../core/errors';
import { ensureVolume, hasVolume, usersOfVolume } from '../../docker/volumes';
import { layersVolume } from '../own-names';
import { COPY_LIMIT_BYTES, copyBounded, sizeText } from './copy';
import type { HelperGround } from './helper';
import { contentOf } from './scripts';

export interface FillOptions extends HelperGround {
  /** The user's volume, by the Engine's name, by that of the compose file. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Default 1 GiB. */
  readonly copyLimitBytes?: number;
}

/**
 * Fills named volumes of ours from the user's, which are only read. Says of each how much that was, and who writes it meanwhile.
 * @throws HarnessError `unknown-volume`, `mount-too-large`, `helper-failed`
 */
export async function fillVolumes(options: FillOptions): Promise<string[]> {
  const { project, volumes, copyLimitBytes: limitBytes = COPY_LIMIT_BYTES } = options;
  const said: string[] = [];
  for (const [volume, from] of Object.entries(volumes)) {
    if (!(await hasVolume(from))) throw notThere(volume, from);
    await ensureVolume(project, layersVolume(project));
    const own = `${project}_${volume}`;
    await ensureVolume(project, own);
    const work = { script: contentOf(limitBytes), from: { volume: from }, layer: own };
    const [sizeBytes = '0'] = await copyBounded(`volume ${from}`, work, { ...options, limitBytes });
    const users = await usersOfVolume(from);
    const warning = users.length === 0 ? '' : `; ${users.join(', ')} may have written it meanwhile`;
    said.push(`volume ${volume} is a copy of ${from}, ${sizeText(Number(sizeBytes))}${warning}`);
  }
  return said;
}

function notThere(volume: string, from: string): HarnessError {
  return new HarnessError('unknown-volume', {
    message: `volume ${volume} is to be a copy of ${from}, which is not on this Engine`,
    facts: { volume, from },
    hint: 'Bring your own stack up once, or leave the volume out of `volumes` in the configuration: ours then begins empty.',
  });
}
