import { engine } from '../../docker/client';
import { ensureVolume } from '../../docker/volumes';
import { runCompose } from '../cli';
import { layersVolume } from '../own-names';
import type { MountGround } from './record';

/** From here on a part of a volume can be mounted by itself: Engine 26, and the first Compose that passes it on. */
const SUBPATH_API = 1.45;
const SUBPATH_COMPOSE = 2.26;

/** Makes the project's volume for layers, and asks what the Engine can do. */
export async function groundOf(project: string): Promise<MountGround> {
  const { mountpoint } = await ensureVolume(project, layersVolume(project));
  const { ApiVersion } = await engine().version();
  const { stdout } = await runCompose({ args: ['version', '--short'] });
  return {
    layersAt: mountpoint,
    hasSubpath: Number(ApiVersion) >= SUBPATH_API && isSubpathCompose(stdout.trim()),
    overlays: {},
  };
}

/** `2.26.1-4`, `v5.5.0`. */
export function isSubpathCompose(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = String(SUBPATH_COMPOSE).split('.').map(Number);
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}
