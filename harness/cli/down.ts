import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { preflight } from '../docker/client';
import { sweepAll } from '../docker/sweep';

/** `rollproof down`: removes every container, network and volume that carries our label, and the state of kept stacks. */
export async function down(): Promise<number> {
  await preflight();
  const projects = await sweepAll();
  for (const project of stateDirectories()) {
    for (const file of ['kept.json', 'revisions.json', 'compose.json']) {
      rmSync(join('.rollproof', project, file), { force: true });
    }
  }
  const removed = projects.length === 0 ? 'nothing of ours was there' : `removed ${projects.join(', ')}`;
  process.stdout.write(`${removed}\n`);
  return 0;
}

function stateDirectories(): string[] {
  try {
    return readdirSync('.rollproof').filter((name) => name.startsWith('rp-'));
  } catch {
    return []; // Never used here.
  }
}
