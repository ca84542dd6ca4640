import { z } from 'zod';

/** What a service asks for of this machine: a bind mount, or a named volume that is nothing but a folder. */
const wantedMount = z.object({
  service: z.string(),
  /** As compose resolves it. */
  source: z.string(),
  readOnly: z.boolean(),
  /** `allow` of the configuration lets it through as it is. */
  isAllowed: z.boolean(),
  /** Whether Compose makes a folder of it where there is nothing. */
  mayBeMade: z.boolean(),
  /** How mounts below it pass between the machine and the container, where the compose file says so. */
  propagation: z.string().exactOptional(),
});
export type WantedMount = Readonly<z.infer<typeof wantedMount>>;

/** What was found at a source. */
const look = z.object({
  /** Its path without symbolic links. */
  real: z.string(),
  /** `unknown`: it lies on another machine, and the Engine was not asked. */
  kind: z.enum(['folder', 'file', 'socket', 'device', 'missing', 'unknown']),
  /** Type of the file system that it lies on; empty where that is not known. */
  fs: z.string(),
  /** Sockets below it, as far as a bounded walk saw. */
  sockets: z.array(z.string()),
  /** Sockets below it at which somebody of this machine listens. */
  live: z.array(z.string()),
  /** Other file systems that are mounted below it. */
  mounts: z.array(z.object({ at: z.string(), fs: z.string() })),
});
export type Look = Readonly<z.infer<typeof look>>;

/** What the Engine can do for mounts. */
const mountGround = z.object({
  /** Where, on the Engine's machine, the volume lies that holds what we make. */
  layersAt: z.string(),
  /** Whether a part of a volume can be mounted by itself. */
  hasSubpath: z.boolean(),
  /** By real path of a folder: why no layer can be laid over it; empty where one can. */
  overlays: z.record(z.string(), z.string()),
});
export type MountGround = Readonly<z.infer<typeof mountGround>>;

/** Everything that a plan of mounts follows from; written down, so that a later command gives the same answer. */
export const mountRecord = z.object({
  wanted: z.array(wantedMount),
  looks: z.record(z.string(), look),
  /** Absent: the Engine was not asked. */
  ground: mountGround.exactOptional(),
});
export type MountRecord = Readonly<z.infer<typeof mountRecord>>;

/** Before the Engine was asked: everything works. What is refused all the same, is refused for what it is. */
const HOPED_GROUND: MountGround = { layersAt: '/var/lib/docker/volumes', hasSubpath: true, overlays: {} };

export const NO_MOUNTS: MountRecord = { wanted: [], looks: {} };

/** What the Engine can do, as far as it was asked. */
export function groundIn({ ground }: MountRecord): MountGround {
  return ground ?? HOPED_GROUND;
}

/** One record of two: what the second knows anew is added, what the first knew stays. */
export function mergeRecords(known: MountRecord, more: MountRecord): MountRecord {
  const keyOf = ({ service, source, readOnly }: WantedMount) => JSON.stringify([service, source, readOnly]);
  const wanted = new Map([...more.wanted, ...known.wanted].map((mount) => [keyOf(mount), mount]));
  const ground = known.ground ?? more.ground;
  const overlays = { ...more.ground?.overlays, ...known.ground?.overlays };
  return {
    wanted: [...wanted.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, mount]) => mount),
    looks: { ...more.looks, ...known.looks },
    ...(ground === undefined ? {} : { ground: { ...ground, overlays } }),
  };
}
