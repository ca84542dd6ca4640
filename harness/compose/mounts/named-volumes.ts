import type { ComposeResource } from '../model';
import { plainPath } from './paths';

/** What the definition of a named volume stands for. */
export type VolumeKind =
  /** Data in a place of the Engine's. */
  | { readonly is: 'own' }
  /** A folder of this machine by another name. */
  | { readonly is: 'folder'; readonly device: string }
  /** Data somewhere else, such as on another machine. */
  | { readonly is: 'elsewhere'; readonly what: string };

/** Options of the local driver that name no data: a limit, memory. */
const HARMLESS = ['size'];

export function kindOfVolume(resource: ComposeResource | null | undefined): VolumeKind {
  const { driver = 'local', external } = resource ?? {};
  const options = optionsOf(resource);
  const keys = Object.keys(options).filter((key) => !HARMLESS.includes(key));
  // What is external has its options at the Engine, which are another volume's.
  if (external === true || keys.length === 0) return { is: 'own' };
  if (driver !== 'local') return { is: 'elsewhere', what: `what the options of the driver ${driver} name` };
  const { type = '', device = '', o = '' } = options;
  if (type === 'tmpfs' || device === '') return { is: 'own' };
  const isBind = o.split(',').some((option) => option === 'bind' || option === 'rbind');
  if (isBind && device.startsWith('/')) return { is: 'folder', device: plainPath(device) };
  return { is: 'elsewhere', what: `${device}${type === '' || type === 'none' ? '' : ` (${type})`}` };
}

/** The folder of this machine that a named volume is; `undefined` for every other one. */
export function folderOf(resource: ComposeResource | null | undefined): string | undefined {
  const kind = kindOfVolume(resource);
  return kind.is === 'folder' ? kind.device : undefined;
}

export function optionsOf(resource: ComposeResource | null | undefined): Readonly<Record<string, string>> {
  return (resource?.['driver_opts'] ?? {}) as Readonly<Record<string, string>>;
}
