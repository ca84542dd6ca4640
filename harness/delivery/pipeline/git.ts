import { existsSync, lutimesSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { captureCommand } from '../../core/command';
import { HarnessError } from '../../core/errors';

/** What git tells a hook, and what would lead every other git astray: `git rev-parse --local-env-vars`, and the push's own. */
const LOCAL_VARIABLES =
  /^GIT_(ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR|INTERNAL_SUPER_PREFIX|QUARANTINE_PATH|PUSH_OPTION_.*)$/;

/** Where notes on commits stand: `git log --notes=rollproof`. */
export const NOTES = 'rollproof';

const GIT_TIMEOUT_MS = 120_000;

/** A commit, as it is named for good. */
export interface Commit {
  readonly id: string;
  /** Of its content: equal for equal files, whoever committed them when. */
  readonly tree: string;
  readonly committedAtMs: number;
}

/** An environment that says nothing of the repository whose hook we were started by. */
export function withoutHook(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !LOCAL_VARIABLES.test(name)));
}

/** A bare repository that is pushed to. */
export class GitRepository {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
  }

  /** @throws HarnessError `repository-unfit` */
  async requireBare(): Promise<void> {
    const answer = await this.#git(['rev-parse', '--is-bare-repository']).catch((cause: unknown) => {
      throw unfit(`${this.directory} is no git repository`, { repository: this.directory }, cause);
    });
    if (answer === 'true') return;
    throw unfit(`${this.directory} is no bare repository: nobody can push to the branch that is checked out`, {
      repository: this.directory,
    });
  }

  /** The commit that a ref or an id names. @throws HarnessError `repository-unfit` */
  async commit(name: string): Promise<Commit> {
    const answer = await this.#git(['log', '-1', '--format=%H %T %ct', `${name}^{commit}`, '--']).catch(
      (cause: unknown) => {
        throw unfit(`${this.directory} has no commit ${name}`, { repository: this.directory, commit: name }, cause);
      },
    );
    const [id = '', tree = '', seconds = ''] = answer.split(' ');
    return { id, tree, committedAtMs: Number(seconds) * 1_000 };
  }

  /** The commit at the tip of a ref; `undefined` when there is no such ref. */
  async tip(ref: string): Promise<string | undefined> {
    return this.#git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]).catch(() => undefined);
  }

  /**
   * The commit's files in a new folder, and nothing else, each with the commit's own time: equal trees give equal build contexts.
   * @throws HarnessError `repository-unfit` for a commit with submodules
   */
  async checkout({ id, committedAtMs }: Commit, directory: string): Promise<void> {
    const listed = await this.#git(['ls-tree', '-r', id]);
    const submodule = listed.split('\n').find((line) => line.startsWith('160000 '));
    if (submodule !== undefined) {
      const path = submodule.split('\t')[1] ?? '';
      throw unfit(`commit ${id.slice(0, 12)} has a submodule, ${path}, which is not checked out here`, { path });
    }
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const index = `${directory}.index`;
    try {
      const env = { GIT_INDEX_FILE: index };
      await this.#git(['read-tree', id], env);
      await this.#git([`--work-tree=${directory}`, 'checkout-index', '--all', '--force'], env);
    } finally {
      rmSync(index, { force: true });
    }
    setTimes(directory, committedAtMs / 1_000);
  }

  /** Adds a note to a commit, beside those that it has. */
  async note(commit: string, text: string): Promise<void> {
    const who = { NAME: 'rollproof', EMAIL: 'rollproof@localhost' };
    const env = Object.fromEntries(
      Object.entries(who).flatMap(([key, value]) =>
        ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${key}`, value]),
      ),
    );
    await this.#git(['notes', `--ref=${NOTES}`, 'append', '-m', text, commit], env);
  }

  /** Where the repository keeps its hooks. */
  async hooksDirectory(): Promise<string> {
    return resolve(this.directory, await this.#git(['rev-parse', '--git-path', 'hooks']));
  }

  async #git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { exitCode, how, stdout, stderr } = await captureCommand({
      command: 'git',
      args: [`--git-dir=${this.directory}`, ...args],
      cwd: existsSync(this.directory) ? this.directory : '/',
      env: { ...withoutHook(), ...env },
      timeoutMs: GIT_TIMEOUT_MS,
    });
    if (exitCode === 0) return stdout.trim();
    throw unfit(`git ${args[0]} of ${this.directory}: ${stderr.trim() || how}`, { repository: this.directory });
  }
}

function unfit(message: string, facts: Readonly<Record<string, string>>, cause?: unknown): HarnessError {
  return new HarnessError('repository-unfit', { message, facts, ...(cause === undefined ? {} : { cause }) });
}

function setTimes(directory: string, seconds: number): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) setTimes(path, seconds);
    lutimesSync(path, seconds, seconds);
  }
  lutimesSync(directory, seconds, seconds);
}
