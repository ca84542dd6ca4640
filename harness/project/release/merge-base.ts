import { dirname } from 'node:path';
import { captureCommand } from '../../core/command';
import { HarnessError } from '../../core/errors';
import { withoutHook } from '../../delivery/pipeline/git';

const GIT_TIMEOUT_MS = 30_000;

/** What a team releases from, most telling first. */
const TRUNKS = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/** A commit, and why it is the one. */
export interface Base {
  readonly commit: string;
  /** As "where this branch left origin/main". */
  readonly why: string;
}

/**
 * The version that the working copy of a file would be released over, where nobody says which: where its branch left the trunk; on the trunk
 * itself the last commit when something is changed beside it, else the one before.
 * @throws HarnessError `repository-unfit` where the file lies in no repository, or that has no such commit
 */
export async function releasedBefore(file: string): Promise<Base> {
  const cwd = dirname(file);
  const head = await answerOf(cwd, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (head === undefined) throw unfit(cwd, 'it lies in no git repository with a commit');
  for (const trunk of TRUNKS) {
    const base = await answerOf(cwd, ['merge-base', 'HEAD', trunk]);
    if (base === undefined) continue;
    if (base !== head) return { commit: base, why: `where this branch left ${trunk}` };
    break;
  }
  const changed = await answerOf(cwd, ['status', '--porcelain']);
  if (changed !== '') return { commit: head, why: 'the last commit: something is changed beside it' };
  const before = await answerOf(cwd, ['rev-parse', '--verify', '--quiet', 'HEAD^']);
  if (before !== undefined)
    return { commit: before, why: 'the commit before the last one: nothing is changed beside it' };
  throw unfit(cwd, 'its repository has one commit, and nothing is changed beside it: there is no other version');
}

async function answerOf(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await captureCommand({
    ...{ command: 'git', args, cwd, env: withoutHook(), timeoutMs: GIT_TIMEOUT_MS },
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

function unfit(folder: string, why: string): HarnessError {
  return new HarnessError('repository-unfit', {
    message: `${folder}: ${why}`,
    facts: { folder },
    hint: 'Say which version is released: `--from REF`, or `--from-image SERVICE=IMAGE` with `--to-image`.',
  });
}
