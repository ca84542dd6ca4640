import { join } from 'node:path';
import { loadConfigFile, type LoadedConfig } from '../../contract/config-file';
import type { PipelineConfig } from '../../contract/pipeline-config';
import { wallMs } from '../../core/clock';
import { HarnessError } from '../../core/errors';
import { GitRepository } from '../../delivery/pipeline/git';
import { appendHistory, readHistory, type PipelineEntry } from '../../delivery/pipeline/history';
import type { PipelinePorts } from '../../delivery/pipeline/ports';
import type { PipelineOptions } from './options';
import type { PipelineParts } from './parts';
import { awaitTurn } from './turn';

/** What the pipelines of a project stand on. */
export class PipelineGround {
  private constructor(
    readonly options: PipelineOptions,
    readonly loaded: LoadedConfig,
    readonly pipeline: PipelineConfig,
    readonly parts: PipelineParts,
  ) {}

  /** @throws HarnessError `config-not-found`, `config-invalid`, `pipeline-not-configured` */
  static async open(options: PipelineOptions, parts: PipelineParts): Promise<PipelineGround> {
    const loaded = await loadConfigFile(options.configPath);
    const { pipeline } = loaded.config;
    if (pipeline !== undefined) return new PipelineGround(options, loaded, pipeline, parts);
    throw new HarnessError('pipeline-not-configured', {
      message: `${loaded.path} names no pipeline`,
      hint: 'Set `pipeline` in it: docs/pipeline.md shows the smallest one.',
    });
  }

  /** Returns when no other pipeline of the project runs; none begins until what it returns is let go. */
  turn(): Promise<Disposable> {
    const { rerun, progress, signal } = this.options;
    const { stateDirectory, project } = this.loaded;
    return awaitTurn({ path: join(stateDirectory, 'pipeline.lock'), project, command: rerun }, progress, signal);
  }

  /** How its pipelines ended, oldest first. */
  history(): PipelineEntry[] {
    return readHistory(this.#historyPath);
  }

  remember(entry: Omit<PipelineEntry, 'schema' | 'at'>): void {
    appendHistory(this.#historyPath, { schema: 1, at: wallMs(), ...entry });
  }

  ports(repository: GitRepository, runDirectory: string): PipelinePorts {
    const { parts, loaded, pipeline, options } = this;
    return parts.ports(loaded, repository, { ...options, pipeline, runDirectory });
  }

  get #historyPath(): string {
    return join(this.loaded.stateDirectory, 'pipelines.ndjson');
  }
}
