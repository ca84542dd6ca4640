import type { MountSettings } from 'dockerode';
import { HarnessError } from '../../core/errors';
import { runHelperOnce } from '../../docker/helper-once';
import { LABEL } from '../../docker/labels';
import { layersVolume } from '../own-names';
import { AT } from './scripts';

/** Copies take their time, ms. */
const TIMEOUT_MS = 170_000;

/** A copy keeps owners and modes of what others own; nothing else needs rights. */
const RIGHTS = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'MKNOD', 'SETFCAP'];

export interface HelperGround {
  readonly project: string;
  readonly helperImage: string;
  readonly signal?: AbortSignal;
}

export interface Work {
  readonly script: string;
  /** Folder or file of the machine, or a named volume: read-only at `/from`. */
  readonly from?: { readonly path: string } | { readonly volume: string };
  /** A volume of ours at `/layer`. */
  readonly layer?: string;
}

/** Runs a script of `sh` beside the project's layers. What the Engine refuses to start throws. */
export function runWork(
  { script, from, layer }: Work,
  { project, helperImage, signal }: HelperGround,
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const mounts: MountSettings[] = [
    ofVolume(layersVolume(project), AT.layers, project),
    ...(from === undefined ? [] : [{ ...sourceOf(from, project), Target: AT.from, ReadOnly: true }]),
    ...(layer === undefined ? [] : [ofVolume(layer, AT.layer, project)]),
  ];
  return runHelperOnce({
    ...{ project, image: helperImage, entrypoint: ['sh', '-c'], args: [script], timeoutMs: TIMEOUT_MS },
    hostConfig: { Mounts: mounts, CapAdd: RIGHTS },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** @throws HarnessError `helper-failed` with what the helper said, unless the exit code is one that the caller knows */
export async function mustWork(
  what: string,
  work: Work,
  ground: HelperGround,
  known: readonly number[] = [],
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const done = await runWork(work, ground);
  if (done.exitCode === 0 || known.includes(done.exitCode)) return done;
  throw new HarnessError('helper-failed', {
    message: `${what}: ${done.lines.slice(-3).join('; ') || `exit code ${done.exitCode}`}`,
    facts: { project: ground.project, exitCode: done.exitCode },
  });
}

function sourceOf(from: NonNullable<Work['from']>, project: string): MountSettings {
  return 'path' in from ? { Type: 'bind', Source: from.path, Target: '' } : ofVolume(from.volume, '', project);
}

/** Never filled from the helper's image. One that is not there the Engine would make: then it is the project's. */
function ofVolume(name: string, target: string, project: string): MountSettings {
  return {
    ...{ Type: 'volume', Source: name, Target: target },
    VolumeOptions: {
      NoCopy: true,
      Labels: { [LABEL.project]: project },
      DriverConfig: { Name: '', Options: {} },
    },
  };
}
