import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/atomic-file';
import { HarnessError } from '../../core/errors';
import type { GitRepository } from './git';

/** By which a hook is known as ours, and may be written again. */
const MARK = '# Written by `rollproof pipeline init`';

export interface HookOptions {
  /** The command that is run for each ref that was pushed; `--ref` and `--commit` are put behind it. */
  readonly command: readonly string[];
  /** Where it is run: state and reports stay there. */
  readonly directory: string;
}

/** What git runs once a push is stored: what it says is said to whoever pushed, and no failure of it undoes the push. */
export function hookText({ command, directory }: HookOptions): string {
  const words = command.map(quoted).join(' ');
  return `#!/bin/sh
${MARK}: takes what is pushed to production.
cd ${quoted(directory)} || exit 1
unset $(git rev-parse --local-env-vars)
while read -r old new ref; do
  ${words} --ref "$ref" --commit "$new" </dev/null
done
`;
}

/**
 * Writes the hook of a bare repository. Returns its path.
 * @throws HarnessError `hook-taken` when there is one that is not ours; `repository-unfit`
 */
export async function writeHook(repository: GitRepository, options: HookOptions): Promise<string> {
  await repository.requireBare();
  const path = join(await repository.hooksDirectory(), 'post-receive');
  const text = hookText(options);
  if (existsSync(path) && !readFileSync(path, 'utf8').includes(MARK)) {
    throw new HarnessError('hook-taken', {
      message: `${path} is there already, and not ours`,
      facts: { path },
      hint: `Let it call, for each line that it reads: ${options.command.map(quoted).join(' ')} --ref "$ref" --commit "$new"`,
    });
  }
  writeFileAtomic(path, text, { mode: 0o755 });
  return path;
}

/** A word as it stands in a shell, whatever it holds. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
