import { isWithin } from './paths';
import type { Look, MountGround } from './record';

/** File systems that hold no files but show what the kernel or a device is. */
const NO_FILES = new Set(
  'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs proc pstore rpc_pipefs securityfs selinuxfs sysfs tracefs'.split(
    ' ',
  ),
);

/** Why what a service writes into a folder cannot be kept apart from it; `undefined` where it can. */
export function machinesOwn({ real, fs, mounts }: Look, { layersAt }: MountGround): string | undefined {
  if (NO_FILES.has(fs)) return `it is the machine itself (${fs})`;
  const inner = mounts.find((mount) => NO_FILES.has(mount.fs));
  if (inner !== undefined) return `it has the machine itself in it (${inner.at} is ${inner.fs})`;
  return isWithin(layersAt, real) ? 'it has the data of the Docker Engine in it' : undefined;
}
