import { preflight, type EngineVersion } from '../../docker/client';
import { requirePlainLoopback } from '../../docker/registry';
import { pipelinePortsOf } from './ports';

/** Everything outside that a pipeline asks: tests bring their own. */
export interface PipelineParts {
  /** Whether there is an Engine, and whether it would speak to a registry. */
  readonly preflight: (registry: string | undefined) => Promise<EngineVersion>;
  readonly ports: typeof pipelinePortsOf;
}

/** A registry of ours gets a loopback port; which one makes no difference to the Engine. */
const OWN_REGISTRY = '127.0.0.1:5000';

export const REAL_PARTS: PipelineParts = {
  preflight: async (registry = OWN_REGISTRY) => {
    const version = await preflight();
    await requirePlainLoopback(registry);
    return version;
  },
  ports: pipelinePortsOf,
};
