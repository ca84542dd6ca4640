import { join } from 'node:path';
import { writeReadable } from '../alerting/files';
import type { ManagedService } from '../contract/config';
import { METRICS_PORT } from '../compose/front-container';

/** A replica set that serves its own metrics. */
export interface RevisionTarget {
  readonly service: string;
  /** Its name on the network, such as `orders-r2`. */
  readonly label: string;
}

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Writes Prometheus' file discovery lists: `fronts.json` (label service) and `services.json` (labels service, revision). Each
 * file is replaced whole, so Prometheus never reads half of one.
 */
export async function writeTargets(options: {
  readonly directory: string;
  readonly managed: Readonly<Record<string, ManagedService>>;
  /** Revisions that run. */
  readonly revisions: readonly RevisionTarget[];
}): Promise<void> {
  const { directory, managed, revisions } = options;
  const { fronts, services } = targetGroups(managed, revisions);
  await writeReadable(join(directory, 'fronts.json'), `${JSON.stringify(fronts, null, 2)}\n`);
  await writeReadable(join(directory, 'services.json'), `${JSON.stringify(services, null, 2)}\n`);
}

/** The lists that {@link writeTargets} writes. */
function targetGroups(
  managed: Readonly<Record<string, ManagedService>>,
  revisions: readonly RevisionTarget[],
): { readonly fronts: TargetGroup[]; readonly services: TargetGroup[] } {
  return {
    fronts: Object.keys(managed).map((service) => ({
      targets: [`${service}:${METRICS_PORT}`],
      labels: { service },
    })),
    services: revisions.flatMap(({ service, label }) => {
      const port = managed[service]?.port;
      return port === undefined ? [] : [{ targets: [`${label}:${port}`], labels: { service, revision: label } }];
    }),
  };
}
