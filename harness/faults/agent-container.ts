import { HarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { engine } from '../docker/client';
import { startAttached } from './attached-helper';
import type { Rung } from './agent/packet-rules';

/** The target's container id on its agents. */
export const TARGET_LABEL = 'rollproof.target';

export interface AgentContainerOptions {
  readonly project: string;
  readonly helperImage: string;
  /** The container whose network namespace it joins. */
  readonly targetId: string;
  /** How long a packet rule outlives its agent, ms. Default 5 000. */
  readonly ruleLeaseMs?: number;
  /** How long an agent outlives the last heart-beat, ms. Default 10 000, and 5 000 at most once nobody is connected. */
  readonly graceMs?: number;
  /** Only this rung of the packet rules. Default: the best that works. */
  readonly packetRules?: Rung;
}

/**
 * Starts an agent's container. It may change packet rules in the target's network namespace (NET_ADMIN) and give its
 * proxy another user (SETUID, SETGID); nothing more.
 * @throws HarnessError `helper-did-not-start`, `bad-fault` for a target on the network of the machine
 */
export async function startAgentContainer(options: AgentContainerOptions): Promise<string> {
  await requireOwnNetwork(options.targetId);
  const id = newId('agent');
  const helper = await startAttached(
    {
      project: options.project,
      image: options.helperImage,
      args: ['agent'],
      role: 'agent',
      name: `${options.project}-${id}`,
      labels: { [TARGET_LABEL]: options.targetId },
      env: environment({
        ROLLPROOF_AGENT_ID: id.slice('agent-'.length),
        ROLLPROOF_RULE_LEASE_MS: options.ruleLeaseMs,
        ROLLPROOF_GRACE_MS: options.graceMs,
        ROLLPROOF_PACKET_RULES: options.packetRules,
      }),
      hostConfig: {
        NetworkMode: `container:${options.targetId}`,
        CapAdd: ['NET_ADMIN', 'SETUID', 'SETGID'],
        Tmpfs: { '/run': 'size=1m' },
      },
    },
    { isHeld: false },
  );
  // It is spoken to through its socket: a stream that breaks can be had again.
  helper.detach();
  return helper.containerId;
}

/** In its network namespace an agent would hold up the packets of the whole machine. */
async function requireOwnNetwork(id: string): Promise<void> {
  const { HostConfig, Name } = await engine().getContainer(id).inspect();
  if (HostConfig.NetworkMode !== 'host') return;
  throw new HarnessError('bad-fault', {
    message: `${Name.replace(/^\//, '')} is on the network of this machine: a fault on it would be one on all of the machine`,
    facts: { target: id },
    hint: 'Leave `network_mode: host` out of its definition, or put the fault on another edge. Nothing was changed.',
  });
}

function environment(values: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
