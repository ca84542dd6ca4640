import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { findLeftovers, sweepProject } from '../docker/sweep';
import type { LoadedConfig } from './config-file';
import { keptStack } from './kept-stack';
import type { Progress } from './progress';

/** Removes what an earlier run of this project left; a stack that was kept on purpose is not touched. */
export async function clearTheGround(loaded: LoadedConfig, progress: Progress): Promise<void> {
  if (keptStack(loaded) !== undefined) {
    throw new HarnessError('stack-kept', {
      message: `${loaded.config.name} is still up from \`${keptStack(loaded)?.command}\``,
      hint: 'Take it down with `npm run down`, or deploy to it with `npm run rollproof -- deploy`.',
    });
  }
  await awaitNoGuardian(loaded);
  const removed = await sweepProject(loaded.project);
  if (removed > 0) progress.step(`healed: removed ${removed} things that an earlier run left behind`);
}

/** A guardian whose harness has died leaves within its grace; one that stays is held by a living run, perhaps of another machine. */
async function awaitNoGuardian({ project }: LoadedConfig): Promise<void> {
  const isGuarded = async () => (await findLeftovers()).some((left) => left.project === project && left.isGuarded);
  await poll(async () => ((await isGuarded()) ? undefined : true), {
    condition: `nobody else runs ${project}`,
    code: 'project-locked',
    timeoutMs: 20_000,
    intervalMs: 500,
    hint: 'Its guardian container has a living owner. Wait until that run ends, or remove it with `npm run down`.',
  });
}

/** @throws HarnessError `stack-not-up` */
export async function requireKeptStack(loaded: LoadedConfig): Promise<void> {
  if (keptStack(loaded) !== undefined && existsSync(join(loaded.stateDirectory, 'revisions.json'))) return;
  throw new HarnessError('stack-not-up', {
    message: `${loaded.config.name} is not up`,
    hint: `Bring it up with \`npm run up -- --config ${loaded.path}\`.`,
  });
}
