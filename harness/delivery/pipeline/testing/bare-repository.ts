import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withoutHook } from '../git';

const WHO = { NAME: 'somebody', EMAIL: 'somebody@example.com' };

/** A bare repository in a temporary folder, and a clone that pushes to it. */
export class BareRepository implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'rollproof-git-')));
  readonly directory = join(this.root, 'bare.git');
  readonly clone = join(this.root, 'clone');

  constructor() {
    mkdirSync(this.directory);
    this.#git(this.directory, ['init', '--quiet', '--bare', '--initial-branch=main']);
    this.#git(this.root, ['clone', '--quiet', this.directory, this.clone]);
    this.#git(this.clone, ['checkout', '--quiet', '-B', 'main']);
  }

  /** Commits these files, and pushes unless told not to. Returns the commit's id. */
  commit(files: Readonly<Record<string, string>>, { push = true, at = '2026-01-02T03:04:05Z' } = {}): string {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.clone, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    this.#git(this.clone, ['add', '--all']);
    this.#git(this.clone, ['commit', '--quiet', '--allow-empty', '-m', 'a change'], { GIT_COMMITTER_DATE: at });
    if (push) this.push();
    return this.git(['rev-parse', 'HEAD'], this.clone);
  }

  /** What git, and the hook, said to whoever pushed. */
  push(): string {
    return this.#git(this.clone, ['push', 'origin', 'main']);
  }

  git(args: readonly string[], directory = this.directory): string {
    return this.#git(directory, args);
  }

  #git(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
    const names = Object.entries(WHO).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]);
    // What a hook says stands on standard error.
    const script = 'exec git "$@" 2>&1';
    return execFileSync('sh', ['-c', script, 'git', ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...withoutHook(), ...(Object.fromEntries(names) as Record<string, string>), ...env },
    }).trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
