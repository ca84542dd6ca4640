import { spawn, type ChildProcess } from 'node:child_process';
import { childExit } from '../../core/child';
import { sleep } from '../../core/clock';
import { poll } from '../../core/poll';
import { FROM_SOURCE, type CommandLine } from './command-line';

/** A line of progress off a terminal: the time since the start, then what goes on. */
const PROGRESS = /^ *\d+\.\d s {2}/;

/** How long after the terminal's own Ctrl-C npm's arrives. */
const REPEAT_AFTER_MS = 100;

/** The real command line as a process, from a folder of its own: state and reports stay there. */
export class Command implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;

  constructor(
    directory: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { words }: Pick<CommandLine, 'words'> = FROM_SOURCE,
  ) {
    this.#child = spawn(process.execPath, [...words, ...args], {
      cwd: directory,
      // Its run is no business of the workflow that the test runs in.
      env: { ...process.env, GITHUB_ACTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#exit = childExit(this.#child).then(({ exitCode }) => exitCode);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** A Ctrl-C that arrives twice: from the terminal, and from npm, which hands it on. */
  async interruptTwice(): Promise<void> {
    this.kill('SIGINT');
    await sleep(REPEAT_AFTER_MS);
    this.kill('SIGINT');
  }

  /** The exit code; `null` when a signal ended it. */
  async exitCode(timeoutMs = 120_000): Promise<number | null> {
    await poll(() => (this.hasEnded ? true : undefined), {
      condition: 'the command has ended',
      timeoutMs,
      describe: () => ({ stdout: this.stdout, stderr: this.stderr }),
    });
    return this.#exit;
  }

  /** Standard error without the progress. */
  get errors(): string {
    const lines = this.stderr.split('\n').filter((line) => line.trim() !== '' && !PROGRESS.test(line));
    return lines.join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) this.kill('SIGKILL');
    await this.#exit;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
