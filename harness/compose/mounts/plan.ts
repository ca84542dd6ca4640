import { posix } from 'node:path';
import { machinesOwn } from './machine-trees';
import { rootsOf, type Root } from './layers';
import { isWithin } from './paths';
import { groundIn, type MountGround, type MountRecord } from './record';

/** What stands in a container where a source of this machine was asked for. */
export type StandIn =
  | { readonly is: 'as-is' }
  /** A named volume of ours, or a part of it. */
  | { readonly is: 'volume'; readonly volume: string; readonly subpath?: string }
  /** A folder or file of ours on the Engine's machine. */
  | { readonly is: 'path'; readonly path: string };

/** Something of ours that stands for a root. */
export interface Layer {
  readonly id: string;
  readonly real: string;
  /** `overlay`: a volume over the user's folder. `copy`: of a folder or a file. `empty`: a folder, where there is nothing. */
  readonly how: 'overlay' | 'copy' | 'empty';
  /** Why it is a copy and no overlay, where it is a folder's. */
  readonly because?: string;
  /** Folders that are mounted and are not there: Compose would have made them. Relative. */
  readonly folders: readonly string[];
  readonly writers: readonly string[];
}

export interface MountPlan {
  readonly layers: readonly Layer[];
  /** By source, as compose resolves it. */
  readonly stands: Readonly<Record<string, StandIn>>;
}

export const NO_PLAN: MountPlan = { layers: [], stands: {} };

/** The folder, in that of a layer, in which a copy or an empty folder lies. */
export const CONTENT = 'content';

/** Decides what stands for each source. A pure function of the record: the same record gives the same answer. */
export function planMounts(record: MountRecord): MountPlan {
  const { looks } = record;
  const ground = groundIn(record);
  const roots = rootsOf(record).map((root) => ({ root, layer: layerOf(root, ground) }));
  const stands = record.wanted.map(({ source, isAllowed }) => {
    const real = looks[source]?.real ?? source;
    const found = isAllowed ? undefined : roots.find(({ root }) => isWithin(real, root.look.real));
    return [source, found === undefined ? ({ is: 'as-is' } as const) : standIn(found.layer, real, ground)] as const;
  });
  return { layers: roots.map(({ layer }) => layer), stands: Object.fromEntries(stands) };
}

function layerOf(root: Root, ground: MountGround): Layer {
  const { id, look, inner, writers } = root;
  const missing = inner.filter(({ kind }) => kind === 'missing').map(({ real }) => posix.relative(look.real, real));
  const made = { id, real: look.real, folders: missing.sort(), writers };
  if (look.kind === 'missing') return { ...made, how: 'empty' };
  if (look.kind === 'file') return { ...made, how: 'copy' };
  const because = whyNoOverlay(root, ground);
  return because === undefined ? { ...made, how: 'overlay' } : { ...made, how: 'copy', because };
}

/** Why no layer can be laid over a folder; `undefined` where one can, as far as the Engine was asked. */
export function whyNoOverlay({ look, inner }: Root, ground: MountGround): string | undefined {
  if (look.kind === 'unknown') return 'the Docker Engine is not one of this machine';
  if (/[,:\\"\n]/.test(look.real)) return 'its path has a character that options of a mount cannot carry';
  if (look.mounts.length > 0) return `another file system is mounted in it, at ${look.mounts[0]?.at}`;
  if (inner.length > 0 && !ground.hasSubpath) {
    return 'parts of it are mounted by themselves, for which Docker Engine 26 and Compose 2.26 are needed';
  }
  const found = ground.overlays[look.real];
  return found === '' ? undefined : found;
}

function standIn({ id, how, real: root }: Layer, real: string, { layersAt }: MountGround): StandIn {
  const subpath = posix.relative(root, real);
  if (how === 'overlay') return { is: 'volume', volume: id, ...(subpath === '' ? {} : { subpath }) };
  return { is: 'path', path: posix.join(layersAt, id, CONTENT, subpath) };
}

/** What is not as on the machine, and that whoever brings the stack up should know. */
export function mountRemarks(record: MountRecord): string[] {
  const { layers, stands } = planMounts(record);
  const written = layers.flatMap(({ real, how, because, writers }) => {
    const who = writers.length === 0 ? 'nobody writes it' : `written by ${writers.join(', ')}`;
    switch (how) {
      case 'overlay':
        return [`${real} (${who}): what is written stays in a layer over it, and your files as they are`];
      case 'copy':
        return [`${real} (${who}): a copy stands for it${because === undefined ? '' : `, since ${because}`}`];
      case 'empty':
        return [`${real} is not there: an empty folder of ours stands for it, and none is made`];
    }
  });
  const past = record.wanted.flatMap(({ source, service }) => {
    const look = record.looks[source];
    if (look === undefined || stands[source]?.is !== 'as-is' || machinesOwn(look, groundIn(record)) === undefined)
      return [];
    const unseen = layers.filter(({ real }) => isWithin(real, look.real));
    return unseen.map(({ real }) => `${service} sees ${real} as it is on the machine, by its mount of ${source}`);
  });
  return [...written, ...new Set(past)];
}
