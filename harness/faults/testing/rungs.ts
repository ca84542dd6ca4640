import { spawnSync } from 'node:child_process';
import { LABEL } from '../../docker/labels';
import { testProject } from '../../docker/testing/test-projects';
import type { Rung } from '../agent/packet-rules';
import { helperImage } from './pair';

/**
 * Why this machine's kernel cannot do a rung; `undefined` where it can. Waits for the answer without a promise: which tests there are is settled
 * before any of them runs.
 */
export function lackOf(rung: Rung, capabilities: readonly string[] = ['NET_ADMIN']): string | undefined {
  const { stdout, stderr } = spawnSync(
    'docker',
    [
      ...['run', '--rm', '--user', '0', '--network', 'none', '--tmpfs', '/run', '--cap-drop', 'ALL'],
      ...capabilities.flatMap((capability) => ['--cap-add', capability]),
      ...['--label', `${LABEL.project}=${testProject('rp-rung')}`, '--env', `ROLLPROOF_PACKET_RULES=${rung}`],
      ...[helperImage(), 'rung'],
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  // What could not even be asked is no reason to skip: the tests themselves say what is wrong.
  if (!last.startsWith('{')) throw new Error(`the helper said nothing of ${rung}: ${stderr.trim()}`);
  const found = JSON.parse(last) as { readonly rung: Rung | null; readonly lacks: Partial<Record<Rung, string>> };
  return found.rung === rung ? undefined : (found.lacks[rung] ?? 'not found');
}
