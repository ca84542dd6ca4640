import { contentHash } from '../../core/ids';
import { machinesOwn } from './machine-trees';
import { isWithin } from './paths';
import { groundIn, type Look, type MountRecord } from './record';

/** A folder or file of this machine in whose place something of ours stands, for whoever mounts it or what lies in it. */
export interface Root {
  readonly id: string;
  readonly look: Look;
  /** Real paths in it that are mounted by themselves. */
  readonly inner: readonly Look[];
  /** Services that write. */
  readonly writers: readonly string[];
}

/**
 * What needs a layer: everything that is written, and what is not there. Of sources inside one another the outermost has it, and the others are
 * parts of it: what one service writes the others see, as on the machine.
 */
export function rootsOf(record: MountRecord): Root[] {
  const { looks } = record;
  const ground = groundIn(record);
  const wanted = record.wanted.flatMap((mount) => {
    const found = looks[mount.source];
    return found === undefined || mount.isAllowed || !isFiles(found) ? [] : [{ ...mount, look: found }];
  });
  const containers = wanted
    .map(({ look }) => look)
    .filter((look) => look.kind !== 'file' && machinesOwn(look, ground) === undefined)
    .sort((a, b) => a.real.length - b.real.length);
  const roots = new Map<string, Root>();
  for (const { look, readOnly, service } of wanted) {
    if (readOnly && look.kind !== 'missing') continue;
    const root = containers.find(({ real }) => isWithin(look.real, real)) ?? look;
    const known = roots.get(root.real);
    const writers = [...(known?.writers ?? []), ...(readOnly ? [] : [service])];
    const inner = wanted
      .map((mount) => mount.look)
      .filter(({ real }) => real !== root.real && isWithin(real, root.real));
    const unique = new Map(inner.map((one) => [one.real, one]));
    const id = idOf(root.real);
    roots.set(root.real, { id, look: root, inner: [...unique.values()], writers: [...new Set(writers)].sort() });
  }
  return [...roots.values()].sort((a, b) => (a.look.real < b.look.real ? -1 : 1));
}

const isFiles = ({ kind }: Look) => kind !== 'socket' && kind !== 'device';

/** The same for the same path, whoever mounts it; told apart by its hash, readable by its name. */
function idOf(real: string): string {
  const name = real.slice(real.lastIndexOf('/') + 1).replace(/[^a-zA-Z0-9_.-]/g, '-');
  return `${contentHash(real).slice(0, 8)}-${name === '' ? 'root' : name.slice(0, 30)}`;
}
