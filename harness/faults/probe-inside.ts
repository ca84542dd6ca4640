import type { ProbeResult, ProbeSpec } from './agent/probe';
import { runHelperOnce } from '../docker/helper-once';

/** Asks a container from inside its own network namespace: there is no way that it is closed to. */
export async function probeInside(options: {
  readonly project: string;
  readonly helperImage: string;
  readonly targetId: string;
  readonly spec: ProbeSpec;
  readonly signal?: AbortSignal;
}): Promise<ProbeResult> {
  const { project, helperImage, targetId, spec, signal } = options;
  const { lines } = await runHelperOnce({
    ...{ project, image: helperImage, args: ['probe', JSON.stringify(spec)], user: '10062' },
    hostConfig: { NetworkMode: `container:${targetId}` },
    ...(signal === undefined ? {} : { signal }),
  });
  const last = lines.at(-1) ?? '';
  if (!last.startsWith('{')) return { latenciesMs: [], failures: [last] };
  return JSON.parse(last) as ProbeResult;
}
