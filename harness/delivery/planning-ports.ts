import { inspectImage } from '../docker/images';
import type { PlanningPorts } from './revisions/preflight';
import type { RevisionSpec } from './revisions/revision';
import { runnableImage } from './runnable-image';

/** What a deployment, or a whole release, is planned by: the records, and the images of this Engine. */
export function planningPorts(options: {
  readonly managed: PlanningPorts['managed'];
  readonly revisions: PlanningPorts['revisions'];
  /** A service as it is to be made next. */
  readonly current: (service: string) => Promise<Pick<RevisionSpec, 'definition' | 'settings'>>;
}): PlanningPorts {
  const { managed, revisions, current } = options;
  return {
    managed,
    revisions,
    hasImage: async ({ imageId }) => (await inspectImage(imageId)) !== undefined,
    spec: async (service, image) => {
      const found = await runnableImage(image, revisions.stable(service));
      return found && { image, imageId: found.id, content: found.content, ...(await current(service)) };
    },
  };
}
