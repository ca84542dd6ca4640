import { hasStatus } from '../../docker/client';
import { runWork, type HelperGround } from './helper';
import type { Look, MountRecord } from './record';
import { LOOKS } from './scripts';
import { together } from './together';

/** Looks, through the Engine, at what lies on its machine, where that is not this one. What was seen already stays. */
export async function lookAfar(record: MountRecord, ground: HelperGround): Promise<MountRecord> {
  const looks = await together(Object.entries(record.looks), async ([source, look]) => {
    return [source, look.kind === 'unknown' ? await seen(look, ground) : look] as const;
  });
  return { ...record, looks: Object.fromEntries(looks) };
}

async function seen(look: Look, ground: HelperGround): Promise<Look> {
  try {
    const { lines } = await runWork({ script: LOOKS, from: { path: look.real } }, ground);
    const [type = '', ...sockets] = lines;
    return { ...look, kind: kindOf(type), sockets: sockets.map((path) => path.replace(/^\/from/, look.real)) };
  } catch (error) {
    // The Engine mounts nothing that is not there.
    if (hasStatus(error, 400)) return { ...look, kind: 'missing' };
    throw error;
  }
}

/** By the words of `stat`. */
function kindOf(type: string): Look['kind'] {
  if (type === 'directory') return 'folder';
  if (type === 'socket') return 'socket';
  return type.startsWith('regular') ? 'file' : 'device';
}
