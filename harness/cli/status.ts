import { join } from 'node:path';
import { lockHolder } from '../delivery/lock';
import { openRevisionStore } from '../delivery/revision-store';
import { preflight } from '../docker/client';
import { listContainers } from '../docker/containers';
import { findLeftovers } from '../docker/sweep';
import { loadConfigFile } from '../run/config-file';
import { keptStack } from '../run/kept-stack';

/** `rollproof status`: who holds the project, its revisions, and what else carries our label. */
export async function status({ config, json }: { readonly config: string; readonly json: boolean }): Promise<number> {
  await preflight();
  const loaded = await loadConfigFile(config);
  const containers = await listContainers({ project: loaded.project });
  const revisions = openRevisionStore(join(loaded.stateDirectory, 'revisions.json')).list();
  const facts = {
    project: loaded.project,
    holder: lockHolder(join(loaded.stateDirectory, 'lock')) ?? null,
    kept: keptStack(loaded) ?? null,
    revisions: revisions.map((revision) => ({
      label: revision.label,
      image: revision.image,
      status: revision.status,
      state: containers.find(({ composeService }) => composeService === revision.label)?.state ?? 'gone',
    })),
    otherProjects: (await findLeftovers()).map(({ project }) => project).filter((name) => name !== loaded.project),
  };
  if (json) {
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return 0;
  }
  const held = facts.holder === null ? (facts.kept === null ? 'not up' : 'kept up') : `held by ${facts.holder}`;
  process.stdout.write(`${facts.project}: ${held}\n`);
  for (const { label, image, status: state, state: container } of facts.revisions) {
    process.stdout.write(`  ${label.padEnd(16)} ${state.padEnd(10)} ${container.padEnd(10)} ${image}\n`);
  }
  if (facts.otherProjects.length > 0) process.stdout.write(`also ours: ${facts.otherProjects.join(', ')}\n`);
  return 0;
}
