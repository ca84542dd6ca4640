import { errorMessage } from '../core/errors';
import type { Rung } from './agent/packet-rules';
import { runHelperOnce } from '../docker/helper-once';

/** What this machine's kernel can do for leased packet rules. */
export interface PacketRung {
  /** The best that works; `undefined` where no fault on an edge can be had. */
  readonly rung: Rung | undefined;
  /** Why what is better does not. */
  readonly lacks: Partial<Record<Rung, string>>;
}

/**
 * Tries the packet rules of an agent in a network namespace of their own, from the best rung on. Some kernels have no nftables sets (WSL2), no
 * `iptables` NAT, or not all of its matches (Docker's rootless mode, gVisor, minimal CI kernels).
 */
export async function findPacketRung(
  project: string,
  helperImage: string,
  capabilities: readonly string[] = ['NET_ADMIN'],
): Promise<PacketRung> {
  const { lines } = await runHelperOnce({
    ...{ project, image: helperImage, args: ['rung'] },
    hostConfig: { NetworkMode: 'none', CapAdd: [...capabilities] },
  });
  const last = lines.at(-1) ?? 'the helper said nothing';
  try {
    const { rung, lacks } = JSON.parse(last) as { readonly rung: Rung | null; readonly lacks: PacketRung['lacks'] };
    return { rung: rung ?? undefined, lacks };
  } catch (error) {
    return { rung: undefined, lacks: { iptables: `${last} (${errorMessage(error)})` } };
  }
}

/** A rung in words, with what its leases are worth. */
export function describeRung({ rung, lacks }: PacketRung): string {
  switch (rung) {
    case 'nftables':
      return 'nftables, leases end within ms';
    case 'iptables':
      return `iptables, leases end at whole seconds (nftables: ${lacks.nftables ?? 'not tried'})`;
    case undefined:
      return Object.entries(lacks)
        .map(([name, lack]) => `${name}: ${lack}`)
        .join('; ');
  }
}
