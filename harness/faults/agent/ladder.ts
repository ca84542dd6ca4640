import { iptables } from './iptables.ts';
import { messageOf, writeJsonLine } from './lines.ts';
import { nftables } from './nftables.ts';
import type { PacketRules, Rung, WantedRules } from './packet-rules.ts';
import { run, type Run } from './run.ts';

/** Each rule once, so that a kernel that lacks one is found out before it is needed. No packet can match. */
const trial = (): WantedRules => ({
  redirects: [{ edge: 'trial', address: '192.0.2.1', port: 9, listenPort: 10 }],
  refusals: [{ listenPort: 10, endsAtMs: performance.now() + 1_000 }],
  stale: [{ address: '192.0.2.1', port: 9, localPort: 11 }],
});

const RUNGS: Readonly<Record<Rung, (agentId: string, run: Run) => PacketRules>> = { nftables, iptables };

/** What was found: the best rules that work, and why better ones do not. */
export interface Ladder {
  readonly rules: PacketRules | undefined;
  readonly lacks: Partial<Record<Rung, string>>;
}

/**
 * Tries the means of the kernel from the best on, for real, and leaves the rules installed and empty. WSL2 has no nftables sets; some
 * kernels have no `xt_time`, or no NAT at all.
 */
export async function findRules(agentId: string, only: string | undefined, runner: Run = run): Promise<Ladder> {
  const lacks: Partial<Record<Rung, string>> = {};
  for (const rung of ['nftables', 'iptables'] as const) {
    if (only !== undefined && only !== rung) continue;
    const rules = RUNGS[rung](agentId, runner);
    try {
      await rules.install();
      await rules.lease(trial(), 5_000);
      await rules.lease({ redirects: [], refusals: [], stale: [] }, 5_000);
      return { rules, lacks };
    } catch (error) {
      lacks[rung] = messageOf(error);
      await rules.remove().catch(() => undefined);
    }
  }
  return { rules: undefined, lacks };
}

/** Tries the ladder in a network namespace of its own, and says in one line what was found. */
export async function tellRung(): Promise<void> {
  const { rules, lacks } = await findRules('trial', process.env['ROLLPROOF_PACKET_RULES']);
  writeJsonLine(process.stdout, { rung: rules?.rung ?? null, lacks });
  await rules?.remove();
}
