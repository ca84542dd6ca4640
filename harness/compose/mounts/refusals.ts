import type { HarnessError } from '../../core/errors';
import { unsupported } from '../unsupported';
import { machinesOwn } from './machine-trees';
import { rootsOf } from './layers';
import { isWithin } from './paths';
import { groundIn, type Look, type MountRecord, type WantedMount } from './record';

const LEAVE_OUT = 'Leave it out in a second compose file of `composeFiles` (`volumes: !override`)';

/**
 * Refuses what can neither be kept apart from the machine nor be given away unseen.
 * @throws HarnessError `service-unsupported`, naming service, source and what to do
 */
export function checkMounts(record: MountRecord): void {
  const roots = rootsOf(record);
  for (const mount of record.wanted) {
    const look = record.looks[mount.source];
    if (look === undefined) continue;
    const isLayered = roots.some((root) => isWithin(look.real, root.look.real));
    const refusal = refused(mount, look, { record, isLayered });
    if (refusal !== undefined) throw refusal;
  }
}

function refused(
  mount: WantedMount,
  look: Look,
  { record, isLayered }: { readonly record: MountRecord; readonly isLayered: boolean },
): HarnessError | undefined {
  const { service, source, readOnly, isAllowed, mayBeMade, propagation } = mount;
  const isNoSocketYet = look.kind === 'missing' && source.endsWith('.sock');
  if (isAllowed && !isNoSocketYet) return undefined;
  const because = (reason: string, hint?: string) => unsupported(service, `it mounts ${source}: ${reason}`, hint);
  if (isNoSocketYet) {
    return because('by its name a socket, and there is none here', `Start what it belongs to. ${LEAVE_OUT} otherwise.`);
  }
  const isSocket = look.kind === 'socket' || (look.kind === 'unknown' && source.endsWith('.sock'));
  if (isSocket) return because(GIVES_AWAY, letThrough(mount));
  if (look.kind === 'missing' && !mayBeMade) {
    return because(
      'it does not exist, and Compose makes none (`create_host_path: false`, or the device of a volume)',
      'Make it, or correct the path.',
    );
  }
  // Through a layer nobody reaches a socket: one that is dead is no loss.
  const [socket] = isLayered ? look.live : [...look.live, ...look.sockets];
  if (socket !== undefined) return because(`the socket ${socket} lies in it, and ${GIVES_AWAY}`, letThrough(mount));
  if (readOnly) return undefined;
  if (look.kind === 'device') return because('a device, writable', `Make it read-only (\`:ro\`), or see \`devices:\`.`);
  const own = machinesOwn(look, groundIn(record));
  if (own !== undefined) {
    return because(`what is written there cannot be kept from your machine: ${own}`, 'Make it read-only (`:ro`).');
  }
  if (propagation !== undefined && !/^r?private$/.test(propagation)) {
    return because(`it shares mounts with the machine (\`propagation: ${propagation}\`)`, 'Take `rprivate`.');
  }
  return undefined;
}

const GIVES_AWAY = 'whoever reaches a socket speaks to what listens there, whether the mount is read-only or not';

function letThrough({ service, source }: WantedMount): string {
  return `${LEAVE_OUT}, or let it through as it is, in the configuration: \`allow: ['${service}:${source}']\`.`;
}
