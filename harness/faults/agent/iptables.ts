import { spawn } from 'node:child_process';
import { ownChains, removeChain } from './rules.ts';

/** Applies a transaction. */
export async function restoreRules(input: string): Promise<void> {
  await run('iptables-restore', ['--noflush', '--wait', '5'], input);
}

/** Removes our chains whose names `isOurs` accepts; those of agents that died are left in the namespace, expired. */
export async function removeChains(isOurs: (chain: string) => boolean): Promise<void> {
  const saved = await run('iptables-save', ['-t', 'nat']);
  for (const { chain, hasJump } of ownChains(saved)) {
    if (isOurs(chain)) await restoreRules(removeChain(chain, hasJump));
  }
}

function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ended with ${code}: ${stderr.trim()}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
