import { hasRevisions } from '../delivery/revisions/revision-store';
import { quotedCommand } from '../core/command-line';
import { HarnessError } from '../core/errors';
import { awaitNoGuardian, findLeftovers, sweepProject } from '../docker/sweep';
import type { LoadedConfig } from '../contract/config-file';
import { forgetKeptStack, keptStack, type KeptStack } from './kept-stack';
import type { Progress } from '../core/progress';

/** Removes what an earlier run of this project left; a stack that was kept on purpose is not touched. */
export async function clearTheGround(loaded: LoadedConfig, progress: Progress): Promise<void> {
  const kept = await keptStackThatIsThere(loaded);
  if (kept !== undefined) {
    throw new HarnessError('stack-kept', {
      message: `${loaded.config.name} is still up from \`${kept.command}\``,
      hint: `Take it down with ${quotedCommand(`down --config ${loaded.path}`)}, or deploy to it with ${quotedCommand(`deploy SERVICE --image IMAGE --config ${loaded.path}`)}.`,
    });
  }
  await awaitNoGuardian(loaded.project);
  forgetKeptStack(loaded);
  const removed = await sweepProject(loaded.project);
  if (removed > 0) progress.step(`healed: removed ${removed} things that an earlier run left behind`);
}

/** @throws HarnessError `stack-not-up` */
export async function requireKeptStack(loaded: LoadedConfig): Promise<KeptStack> {
  const kept = await keptStackThatIsThere(loaded);
  if (kept !== undefined && hasRevisions(loaded.stateDirectory)) return kept;
  throw new HarnessError('stack-not-up', {
    message: `${loaded.config.name} is not up`,
    hint: `Bring it up with ${quotedCommand(`up --config ${loaded.path}`)}; another stack is named with \`--config\`.`,
  });
}

/** A command that was killed between remembering its stack and telling the guardian that it stays has left a record, and nothing else. */
async function keptStackThatIsThere(loaded: LoadedConfig): Promise<KeptStack | undefined> {
  const kept = keptStack(loaded);
  if (kept === undefined) return undefined;
  return (await findLeftovers()).some(({ project }) => project === loaded.project) ? kept : undefined;
}
