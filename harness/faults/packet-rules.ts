import { poll } from '../core/poll';
import { newId } from '../core/ids';
import { engine } from '../docker/client';
import { inspectContainer, removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { readLogs } from '../docker/logs';
import { CHAIN_PREFIX, dateStop, installJump, leaseRules } from './agent/rules';

const TIMEOUT_MS = 20_000;

/**
 * Tries the packet rules of an agent in a network namespace of their own. Says what the kernel lacks for them, or `undefined` when they
 * work. Some kernels have no `iptables` NAT, or not all of its matches (Docker's rootless mode, gVisor, minimal CI kernels).
 */
export async function lackOfPacketRules(project: string, helperImage: string): Promise<string | undefined> {
  const chain = `${CHAIN_PREFIX}probe`;
  const redirect = { edge: 'probe', address: '192.0.2.1', port: 9, listenPort: 10 };
  const rules = installJump(chain) + leaseRules(chain, [redirect], dateStop(Date.UTC(2037, 0), 0));
  const container = await engine().createContainer({
    name: `${project}-${newId('rules')}`,
    Image: helperImage,
    Entrypoint: ['sh', '-c', 'printf %s "$RULES" | iptables-restore --noflush --wait 5'],
    User: '0',
    Env: [`RULES=${rules}`],
    Labels: { [LABEL.project]: project, [LABEL.role]: 'helper' },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      ReadonlyRootfs: true,
      Tmpfs: { '/run': '' },
    },
  });
  try {
    await container.start();
    const exited = await poll(async () => ended(await inspectContainer(container.id)), {
      condition: 'the packet rules were tried',
      timeoutMs: TIMEOUT_MS,
      intervalMs: 50,
    });
    if (exited.exitCode === 0) return undefined;
    const said = (await readLogs(container.id)).map(({ text }) => text.trim()).filter((text) => text !== '');
    return said.at(-1) ?? `iptables-restore ended with ${exited.exitCode}`;
  } finally {
    await removeContainer(container.id);
  }
}

function ended<T extends { readonly state: string }>(container: T | undefined): T | undefined {
  return container?.state === 'exited' ? container : undefined;
}
