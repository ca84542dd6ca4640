import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quotedCommand } from '../core/command-line';
import { writeFileAtomic } from '../core/atomic-file';
import { HarnessError } from '../core/errors';
import { listContainers } from '../docker/containers';
import { sweepProject } from '../docker/sweep';
import { carriedEnvironment } from './carried-values';
import { runCompose, type RunComposeResult } from './cli';
import { writeEvidence } from './evidence';
import type { ComposeModel } from './model';
import { portInUse } from './ports';
import { awaitReady, describeUnready, hasAnyStarted, sentence, upFailedHint } from './readiness';

export interface ComposeProjectOptions {
  /** Compose project name. */
  readonly project: string;
  /** Folder of the project's own files; made with mode 0700, since the model holds resolved secrets. */
  readonly stateDir: string;
}

/** A step that compose reports: `container orders-1: started`. */
export interface Progress {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
}

export interface UpOptions {
  /** Compose services. Default: all of the model. */
  readonly services?: readonly string[];
  /** So many containers of a service, instead of those that its definition asks for. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Start these alone, not what they depend on. */
  readonly noDeps?: boolean;
  /** Return once they are healthy (or run, where they have no health check). Default true. */
  readonly wait?: boolean;
  /** For starting and waiting together. Default 180 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface DownOptions {
  /** The project's own volumes too. */
  readonly volumes: boolean;
  /** How long containers may take to stop before they are killed. Default 10 000. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** The model says all that these would: they are for the user's own files. */
const OF_THE_USER = ['COMPOSE_FILE', 'COMPOSE_PROFILES', 'COMPOSE_ENV_FILES', 'COMPOSE_PROJECT_NAME'] as const;

/** An image whose user does not exist never runs, as one whose program does not exist. */
const NO_SUCH_USER = /unable to find (?:user|group)/;

/** Compose stops what it can before this, ms; the rest is killed. */
const DOWN_TIMEOUT_MS = 60_000;

/** A compose project as rollproof runs it: by compose's own command line, from the instrumented model. Never removes anything in `up`. */
export class ComposeProject {
  constructor(private readonly options: ComposeProjectOptions) {}

  /** Where the model stands. */
  get path(): string {
    return join(this.options.stateDir, 'compose.json');
  }

  /** Replaces the model, readable by its owner only. */
  write(model: ComposeModel): void {
    writeFileAtomic(this.path, JSON.stringify(model, null, 2));
  }

  /**
   * Creates and starts services, and waits until they are healthy. What runs with the same definition is left alone.
   * @throws HarnessError `compose-up-failed`, `port-in-use`, `containers-not-started` (the Engine's doing: no program ever ran)
   */
  async up(options: UpOptions = {}): Promise<void> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 180_000);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    try {
      const scale = Object.entries(options.scale ?? {}).flatMap(([service, count]) => [
        '--scale',
        `${service}=${count}`,
      ]);
      const args = ['up', '--detach', ...(options.noDeps === true ? ['--no-deps'] : []), ...scale];
      const result = await this.#compose([...args, ...(options.services ?? [])], signal, options.onProgress);
      if (result.exitCode !== 0) throw await this.#upFailed(composeMessage(result), options);
      if (options.wait ?? true) await awaitReady(this.options.project, options.services, signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw await this.#upFailed(`not healthy within ${options.timeoutMs ?? 180_000} ms`, options, error);
    }
  }

  /** Stops services and keeps their containers. */
  async stop(services: readonly string[], graceMs = 10_000, signal?: AbortSignal): Promise<void> {
    const result = await this.#compose(['stop', '--timeout', seconds(graceMs), ...services], signal);
    if (result.exitCode !== 0) throw composeFailed(result);
  }

  /** Writes logs and inspect results of all containers into a folder, secrets in the environment blackened. Before any removal. */
  async captureEvidence(directory: string): Promise<void> {
    await writeEvidence(await listContainers({ project: this.options.project }), directory);
  }

  /**
   * Removes the project's containers and networks, and what else carries its label: helpers that outlived their owner.
   * @throws HarnessError `sweep-incomplete`
   */
  async down(options: DownOptions): Promise<void> {
    const args = ['down', '--remove-orphans', '--timeout', seconds(options.graceMs ?? 10_000)];
    const late = AbortSignal.timeout(DOWN_TIMEOUT_MS);
    const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
    await this.#compose([...args, ...(options.volumes ? ['--volumes'] : [])], signal).catch((error: unknown) => {
      if (options.signal?.aborted === true || !late.aborted) throw error;
    });
    // Whatever compose could not do (its file may be gone, the machine too busy), the labels tell what is ours.
    await sweepProject(this.options.project, { volumes: options.volumes, sparesGuardian: true });
  }

  #compose(
    args: readonly string[],
    signal?: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<RunComposeResult> {
    return runCompose({
      args: ['--progress', 'plain', '-p', this.options.project, '-f', this.path, ...args],
      env: { ...Object.fromEntries(OF_THE_USER.map((name) => [name, undefined])), ...this.#carried() },
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onStderrLine: (line) => reportProgress(line, onProgress) }),
    });
  }

  /** What secrets and configurations from the environment hold, as whoever wrote the model found it. */
  #carried(): Record<string, string> {
    try {
      return carriedEnvironment(JSON.parse(readFileSync(this.path, 'utf8')) as ComposeModel);
    } catch {
      // Compose says itself what it makes of a model that is gone.
      return {};
    }
  }

  async #upFailed(message: string, options: UpOptions, cause?: unknown): Promise<HarnessError> {
    const busy = await portInUse(message, this.options.project);
    if (busy !== undefined) return busy;
    const unready = await describeUnready(this.options.project, options.services);
    const lines = unready.map(sentence);
    const isTheirs = NO_SUCH_USER.test(message) || (await hasAnyStarted(this.options.project, options.services));
    return new HarnessError(isTheirs ? 'compose-up-failed' : 'containers-not-started', {
      message: [`compose up of ${this.options.project}: ${message}`, ...lines].join('\n  '),
      facts: { project: this.options.project, services: options.services ?? 'all', composeMessage: message, unready },
      hint: isTheirs
        ? upFailedHint(unready)
        : `No program ran: the Engine says above why not. ${quotedCommand('doctor')} looks at disk, memory and kernel.`,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}

/** What compose said last: its progress lines come before its error. */
function composeMessage(result: RunComposeResult): string {
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '' && parseProgress(line) === undefined);
  return lines.slice(-5).join('\n').trim() || `exit code ${result.exitCode}`;
}

function composeFailed(result: RunComposeResult): HarnessError {
  return new HarnessError('compose-stop-failed', {
    message: `docker compose stop: ${composeMessage(result)}`,
    facts: { exitCode: result.exitCode },
  });
}

function reportProgress(line: string, onProgress: (progress: Progress) => void): void {
  const progress = parseProgress(line);
  if (progress !== undefined) onProgress(progress);
}

/** ` Container acme-orders-1  Started`; only the plain form is the same in all versions. */
export function parseProgress(line: string): Progress | undefined {
  const match = /^ *(Container|Network|Volume|Image) "?([^\s"]+)"? +(\S.*)$/.exec(line);
  if (match === null) return undefined;
  const [, kind = '', name = '', status = ''] = match;
  return { kind: kind.toLowerCase(), name, status: status.trim().toLowerCase() };
}
