import { errorMessage, isHarnessError } from '../../core/errors';
import { contentHash } from '../../core/ids';
import { engineSocket } from '../../docker/client';
import { ensureVolume, removeVolume } from '../../docker/volumes';
import { layerVolume } from '../own-names';
import { COPY_LIMIT_BYTES, copyBounded } from './copy';
import { groundOf } from './ground';
import { mustWork, runWork, type HelperGround } from './helper';
import { rootsOf, type Root } from './layers';
import { lookAfar } from './look-afar';
import { planMounts, whyNoOverlay, type Layer, type MountPlan } from './plan';
import type { MountGround, MountRecord } from './record';
import { checkMounts } from './refusals';
import { together } from './together';
import { copyOf, emptyFolder, missingFolders, overlayFolders, SHOWS_THE_SAME } from './scripts';

export interface PrepareOptions extends HelperGround {
  /** What was made before, and stays. Default: nothing. */
  readonly made?: MountPlan;
  /** Copies may be as large as this, bytes. Default 1 GiB. */
  readonly copyLimitBytes?: number;
  /** Lays no layer over a folder, for this reason. Default: where it works. */
  readonly noOverlay?: string;
}

/**
 * Makes what has to stand for the mounts of a record: layers, copies, empty folders. What is there already stays. Returns the record with what
 * the Engine turned out to be able to do.
 * @throws HarnessError `service-unsupported`, `mount-too-large`, `helper-failed`
 */
export async function prepareMounts(asked: MountRecord, options: PrepareOptions): Promise<MountRecord> {
  if (rootsOf(asked).length === 0) return asked;
  const ground = asked.ground ?? (await groundOf(options.project));
  const record = await lookAfar(asked, options);
  checkMounts(record);
  const tried = await together(rootsOf({ ...record, ground }), async (root) => {
    const { real, kind } = root.look;
    const isKnown =
      kind !== 'folder' || ground.overlays[real] !== undefined || whyNoOverlay(root, ground) !== undefined;
    return isKnown ? [] : [[real, options.noOverlay ?? (await tryOverlay(root, ground, options))] as const];
  });
  const overlays = { ...ground.overlays, ...Object.fromEntries(tried.flat()) };
  const prepared = { ...record, ground: { ...ground, overlays } };
  const isMade = (layer: Layer) =>
    options.made?.layers.some((made) => contentHash(made) === contentHash(layer)) ?? false;
  const missing = planMounts(prepared).layers.filter((layer) => !isMade(layer));
  await together(missing, (layer) => make(layer, options));
  return prepared;
}

/** Lays a layer over a folder. Returns why it cannot be had; empty where it can. */
async function tryOverlay({ id, look }: Root, { layersAt }: MountGround, options: PrepareOptions): Promise<string> {
  const { project } = options;
  if (engineSocket() === undefined) return 'the Docker Engine is not one of this machine';
  const volume = `${project}_${layerVolume(id)}`;
  try {
    await mustWork(`a layer for ${look.real}`, { script: overlayFolders(id), from: { path: look.real } }, options);
    const [upper, work] = [`${layersAt}/${id}/upper`, `${layersAt}/${id}/work`];
    const o = `lowerdir=${look.real},upperdir=${upper},workdir=${work},redirect_dir=on,index=on`;
    await ensureVolume(project, volume, { type: 'overlay', device: 'overlay', o });
    const { exitCode } = await runWork({ script: SHOWS_THE_SAME, from: { path: look.real }, layer: volume }, options);
    if (exitCode === 0) return '';
    await removeVolume(volume);
    return 'a layer over it does not show what is in it';
  } catch (error) {
    if (options.signal?.aborted === true || isHarnessError(error)) throw error;
    await removeVolume(volume);
    return `this Engine lays no layer over it (${errorMessage(error)})`;
  }
}

async function make(layer: Layer, options: PrepareOptions): Promise<void> {
  const { id, real, how, folders, because } = layer;
  if (how === 'copy') {
    const limitBytes = options.copyLimitBytes ?? COPY_LIMIT_BYTES;
    await copyBounded(
      real,
      { script: copyOf(id, limitBytes), from: { path: real } },
      { ...options, limitBytes, because },
    );
  }
  if (how === 'empty') await mustWork(`an empty folder for ${real}`, { script: emptyFolder(id) }, options);
  if (folders.length === 0) return;
  const volume = how === 'overlay' ? { layer: `${options.project}_${layerVolume(id)}` } : {};
  await mustWork(`folders in ${real}`, { script: missingFolders(layer), ...volume }, options);
}
