import type { LoadedConfig } from '../../contract/config-file';
import { releaseSteps, type PlannedReleaseStep } from '../../delivery/release/difference';
import { planningPorts } from '../../delivery/planning-ports';
import type { PlanningPorts } from '../../delivery/revisions/preflight';
import { requireManaged } from '../../delivery/revisions/require-managed';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { listContainers, type ContainerInfo } from '../../docker/containers';
import { definedIn, deployedOf, type RunningPlan } from '../plan';
import type { Pin, ReleaseVersions } from './file';
import { resolveTarget, type ReleaseTarget, type ResolveOptions } from './target';
import { imageThatRuns, versionThatRuns, versionToGoTo } from './versions';

export interface ReleasePlan extends ReleaseVersions {
  /** In order; none when the version runs already. */
  readonly steps: readonly PlannedReleaseStep[];
}

/**
 * What a release would do. Changes nothing, but the images that `provide` builds and pulls.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `image-not-found`, `release-unfit`, `repository-unfit`
 */
export async function planRelease(
  loaded: LoadedConfig,
  from: RunningPlan,
  target: ReleaseTarget,
  options: ResolveOptions,
): Promise<ReleasePlan> {
  const { revisions } = options;
  const to = await resolveTarget(loaded, from, target, options);
  const containers = await listContainers({ project: loaded.project });
  const now = await versionThatRuns(from, { revisions, containers });
  const next = await versionToGoTo(to, (service) => imageThatRuns(service, { revisions, containers }));
  return { from, to, pins: pinsOf(from, containers), steps: releaseSteps(now, next) };
}

/** What the rollouts of a release are planned by: services as the version to go to defines them. */
export function planningPortsTo(to: RunningPlan, revisions: RevisionStore): PlanningPorts {
  const managed = deployedOf(to);
  return planningPorts({
    managed,
    revisions,
    current: async (service) => {
      const settings = requireManaged(service, managed);
      return { definition: definedIn(to.model, service, settings), settings };
    },
  });
}

function pinsOf(from: RunningPlan, containers: readonly ContainerInfo[]): Record<string, Pin> {
  const plain = Object.keys(from.model.services).filter((service) => !Object.hasOwn(deployedOf(from), service));
  const pins = plain.flatMap((service) => {
    const own = containers.filter(({ composeService }) => composeService === service);
    const [first] = own;
    return first === undefined
      ? []
      : [[service, { imageId: first.imageId, containers: own.map(({ id }) => id) }] as const];
  });
  return Object.fromEntries(pins);
}
