import { chmodSync, existsSync, realpathSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { captureCommand } from '../../core/command';
import { HarnessError } from '../../core/errors';
import { GitRepository, withoutHook, type Commit } from '../../delivery/pipeline/git';
import type { LoadedConfig } from '../../contract/config-file';

const GIT_TIMEOUT_MS = 30_000;

/**
 * The configuration's compose files as a commit has them, checked out beside the project's state: containers may mount what lies beside them, so
 * that the folder stays.
 * @throws HarnessError `repository-unfit` when there is no such commit, or the files are in no repository, or not in that commit
 */
export async function composeFilesOf(loaded: LoadedConfig, ref: string): Promise<readonly string[]> {
  const [first = loaded.path] = loaded.composeFiles;
  const folder = dirname(first);
  const root = await git(folder, ['rev-parse', '--show-toplevel']);
  const repository = new GitRepository(await git(folder, ['rev-parse', '--absolute-git-dir']));
  const commit = await repository.commit(ref);
  const checkout = join(loaded.stateDirectory, 'checkouts', commit.id.slice(0, 12));
  if (!existsSync(checkout)) await checkOut(repository, commit, checkout);
  const files = loaded.composeFiles.map((file) => join(checkout, relative(root, realpathSync(file))));
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return files;
  throw new HarnessError('repository-unfit', {
    message: `commit ${commit.id.slice(0, 12)} has no ${relative(checkout, missing)}`,
    facts: { ref, commit: commit.id },
    hint: 'Name another one, or the compose files by `--to`. Nothing was changed.',
  });
}

/** Whole or not at all: a command that is killed meanwhile leaves nothing that the next one would take for the commit. */
async function checkOut(repository: GitRepository, commit: Commit, folder: string): Promise<void> {
  const part = `${folder}.part`;
  await repository.checkout(commit, part);
  // As anybody's working copy: users of containers read what is mounted of it. What lies above it is ours alone.
  chmodSync(part, 0o755);
  renameSync(part, folder);
}

async function git(cwd: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await captureCommand({
    ...{ command: 'git', args, cwd, env: withoutHook(), timeoutMs: GIT_TIMEOUT_MS },
  });
  if (exitCode === 0) return stdout.trim();
  throw new HarnessError('repository-unfit', {
    message: `${cwd} lies in no git repository: ${stderr.trim()}`,
    facts: { folder: cwd },
    hint: 'A version by `--to-ref` needs one; name compose files by `--to` instead.',
  });
}
