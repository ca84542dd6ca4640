import { newId } from '../core/ids';
import { contextHost } from '../docker/client';
import { LABEL } from '../docker/labels';
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
 */
export async function startAgentContainer(options: AgentContainerOptions): Promise<string> {
  // Read when the library is loaded: its own reaper has no image here (the guardian sweeps), and its guess of the host
  // is wrong where ports are published on loopback.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = '127.0.0.1';
  // It knows no contexts.
  const host = contextHost();
  if (host !== undefined) process.env['DOCKER_HOST'] ??= host;
  const { GenericContainer, Wait } = await import('testcontainers');

  class AgentContainer extends GenericContainer {
    constructor(image: string) {
      super(image);
      this.createOpts.User = '0';
      this.hostConfig.ReadonlyRootfs = true;
      this.hostConfig.Memory = 256 * 1024 * 1024;
    }
  }

  const id = newId('agent');
  const started = await new AgentContainer(options.helperImage)
    .withName(`${options.project}-${id}`)
    .withCommand(['agent'])
    .withNetworkMode(`container:${options.targetId}`)
    .withDroppedCapabilities('ALL')
    .withAddedCapabilities('NET_ADMIN', 'SETUID', 'SETGID')
    .withSecurityOpt('no-new-privileges')
    .withTmpFs({ '/run': 'size=1m' })
    .withEnvironment({
      ROLLPROOF_AGENT_ID: id.slice('agent-'.length),
      ...(options.ruleLeaseMs === undefined ? {} : { ROLLPROOF_RULE_LEASE_MS: String(options.ruleLeaseMs) }),
      ...(options.graceMs === undefined ? {} : { ROLLPROOF_GRACE_MS: String(options.graceMs) }),
      ...(options.packetRules === undefined ? {} : { ROLLPROOF_PACKET_RULES: options.packetRules }),
    })
    .withLabels({
      [LABEL.project]: options.project,
      [LABEL.role]: 'agent',
      [TARGET_LABEL]: options.targetId,
    })
    .withWaitStrategy(Wait.forLogMessage('"ready"'))
    .withStartupTimeout(30_000)
    .start();
  return started.getId();
}
