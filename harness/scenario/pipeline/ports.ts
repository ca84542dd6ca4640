import { join } from 'node:path';
import type { LoadedConfig } from '../../contract/config-file';
import { runCommand } from '../../core/command';
import { GitRepository, withoutHook } from '../../delivery/pipeline/git';
import type { PipelinePorts } from '../../delivery/pipeline/ports';
import { openRevisionStore, revisionsPath } from '../../delivery/revisions/revision-store';
import { dockerBuild, dockerPush } from '../../docker/build';
import { inspectImage, tagImage } from '../../docker/images';
import { ensureRegistry } from '../../docker/registry';
import { provideSupply, supplied } from '../../docker/supply';
import { deployToProduction, type ProductionOptions } from './deploy';

/** What a pipeline acts through on this machine. */
export function pipelinePortsOf(
  loaded: LoadedConfig,
  repository: GitRepository,
  production: ProductionOptions,
): PipelinePorts {
  const { registry } = production.pipeline;
  const env = withoutHook();
  return {
    repository,
    shell: (line, { cwd, env: own, ...io }) =>
      // A git of the user's must not find the repository that the checkout happens to lie in.
      runCommand({
        ...{ command: 'sh', args: ['-c', line], cwd, ...io },
        env: { ...env, GIT_CEILING_DIRECTORIES: join(cwd, '..'), ...own },
      }),
    build: ({ image, ...build }, io) => dockerBuild({ ...image, ...build }, { ...io, env }),
    image: inspectImage,
    tag: tagImage,
    push: (tag, io) => dockerPush(tag, { ...io, env }),
    registry: async (signal) => {
      if (registry !== undefined) return registry;
      const supply = await provideSupply(['registry'], { signal });
      return ensureRegistry(loaded.project, supplied(supply, 'registry'), signal);
    },
    serving: (service) => openRevisionStore(revisionsPath(loaded.stateDirectory)).stable(service)?.content,
    deploy: (service, image, signal) => deployToProduction(service, image, production, signal),
  };
}
