import type { LoadedConfig } from '../../contract/config-file';
import { releaseSteps, type PlannedReleaseStep } from '../../delivery/release/difference';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { listContainers } from '../../docker/containers';
import type { RunningPlan } from '../plan';
import type { Pin, ReleaseVersions } from './file';
import { resolveTarget, type ReleaseTarget } from './target';
import { versionThatRuns, versionToGoTo } from './versions';

export interface ReleasePlan extends ReleaseVersions {
  /** In order; none when the version runs already. */
  readonly steps: readonly PlannedReleaseStep[];
}

/**
 * What a release would do. Changes nothing.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `image-not-found`, `release-unfit`, `repository-unfit`
 */
export async function planRelease(
  loaded: LoadedConfig,
  from: RunningPlan,
  target: ReleaseTarget,
  parts: { readonly revisions: RevisionStore; readonly signal: AbortSignal },
): Promise<ReleasePlan> {
  const { project } = loaded;
  const to = await resolveTarget(loaded, from, target, parts);
  const [now, next] = await Promise.all([versionThatRuns(project, from, parts.revisions), versionToGoTo(to)]);
  return { from, to, pins: await pinsOf(project, from), steps: releaseSteps(now, next) };
}

async function pinsOf(project: string, { model, managed, workers }: RunningPlan): Promise<Record<string, Pin>> {
  const containers = await listContainers({ project });
  const plain = Object.keys(model.services).filter((service) => !Object.hasOwn({ ...managed, ...workers }, service));
  const pins = plain.flatMap((service) => {
    const own = containers.filter(({ composeService }) => composeService === service);
    const [first] = own;
    return first === undefined
      ? []
      : [[service, { imageId: first.imageId, containers: own.map(({ id }) => id) }] as const];
  });
  return Object.fromEntries(pins);
}
