import { engine } from '../../docker/client';
import { execOnce } from '../../docker/exec';
import { LABEL } from '../../docker/labels';
import { helperImage, type Pair } from './pair';

/** All packet rules in the network namespace of a pair's caller, read by a helper that leaves nothing behind. */
export async function packetRulesOf({ callerId, project }: Pair): Promise<string> {
  const container = await engine().createContainer({
    Image: helperImage(),
    Entrypoint: ['sleep', '30'],
    User: '0',
    Labels: { [LABEL.project]: project },
    HostConfig: { NetworkMode: `container:${callerId}`, CapAdd: ['NET_ADMIN'] },
  });
  try {
    await container.start();
    const { stdout } = await execOnce(container.id, ['sh', '-c', 'iptables-save; nft list ruleset']);
    return stdout;
  } finally {
    await container.remove({ force: true });
  }
}
