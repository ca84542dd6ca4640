import { join } from 'node:path';
import { writeReadable } from '../alerting/files';
import type { ManagedService } from '../contract/config';
import { entryOf } from '../core/guards';
import { METRICS_PORT } from '../compose/front-container';
import { answersTarget } from '../front/answer-times';

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
 * Writes Prometheus' file discovery lists: `fronts.json` (label service) and `services.json` (labels service, revision), the latter
 * of those services that say where their metrics are. Each file is replaced whole, so Prometheus never reads half of one.
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
    fronts: Object.keys(managed).flatMap((service) => {
      const { target, path } = answersTarget(service);
      return [
        { targets: [`${service}:${METRICS_PORT}`], labels: { service } },
        // Its own instance: two targets of one host would share their `up`.
        { targets: [target], labels: { service, instance: `${target}${path}`, __metrics_path__: path } },
      ];
    }),
    services: revisions.flatMap(({ service, label }) => {
      const { port, metrics } = entryOf(managed, service) ?? {};
      if (port === undefined || metrics === undefined) return [];
      return [{ targets: [`${label}:${port}`], labels: { service, revision: label, __metrics_path__: metrics } }];
    }),
  };
}
