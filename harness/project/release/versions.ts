import { definitionOf } from '../../compose/definition';
import type { ServiceSettings } from '../../contract/config';
import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';
import { kindsOf } from '../../delivery/release/difference';
import type { ProjectVersion, ServiceVersion } from '../../delivery/release/version';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { runnableImage } from '../../delivery/runnable-image';
import type { ContainerInfo } from '../../docker/containers';
import { inspectImage } from '../../docker/images';
import { definedIn, deployedOf, type RunningPlan } from '../plan';
import { withContents } from './contents';

/** What a version says of a service by itself: the rest is for all versions the same. */
type Own = Pick<ServiceVersion, 'content' | 'madeOf'> & { readonly image?: string };

/** What runs, by which what runs is known. */
interface Running {
  readonly revisions: RevisionStore;
  readonly containers: readonly ContainerInfo[];
}

/** The image that a service runs by. */
export function imageThatRuns(service: string, { revisions, containers }: Running): string | undefined {
  return revisions.stable(service)?.imageId ?? containers.find((one) => one.composeService === service)?.imageId;
}

/** The version that runs: by the containers and the records of their revisions, whatever has become of tags and files since. */
export async function versionThatRuns(running: RunningPlan, what: Running): Promise<ProjectVersion> {
  return versionOf(running, async (service, image) => {
    const stable = what.revisions.stable(service);
    if (stable !== undefined) {
      const { definition, settings, content } = stable;
      return { image: stable.image, content, madeOf: { definition: withContents(definition), settings } };
    }
    const content = (await inspectImage(imageThatRuns(service, what) ?? image))?.content ?? '';
    return { content, madeOf: madeOf(running, service) };
  });
}

/**
 * A version to go to, whose images are all there and can run here.
 * @throws HarnessError `image-not-found`, `image-for-another-platform`
 */
export async function versionToGoTo(
  to: RunningPlan,
  runsBy: (service: string) => string | undefined,
): Promise<ProjectVersion> {
  return versionOf(to, async (service, image) => {
    const imageId = runsBy(service);
    const found = await runnableImage(image, imageId === undefined ? undefined : { imageId });
    if (found !== undefined) return { content: found.content, madeOf: madeOf(to, service) };
    throw new HarnessError('image-not-found', {
      message: `service ${service} wants ${image}, which is not on this engine`,
      facts: { service, image },
      hint: `Pull or build it first: \`docker pull ${image}\`. Nothing was changed.`,
    });
  });
}

async function versionOf(
  plan: RunningPlan,
  ownOf: (service: string, image: string) => Promise<Own>,
): Promise<ProjectVersion> {
  const { services } = plan.model;
  const kindOf = kindsOf({ services, managed: Object.keys(deployedOf(plan)) });
  const versions = Object.entries(services).map(async ([service, { image = '', depends_on: dependsOn = {} }]) => {
    const own = await ownOf(service, image);
    return [service, { kind: kindOf(service), image, dependsOn: Object.keys(dependsOn), ...own }] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

/** What a service is made of by a plan's model; of one without revisions the ports that it publishes are a part. */
function madeOf(plan: RunningPlan, service: string): unknown {
  const { model } = plan;
  const settings: ServiceSettings | undefined = entryOf(deployedOf(plan), service);
  if (settings !== undefined) return { definition: withContents(definedIn(model, service, settings)), settings };
  return { definition: withContents(definitionOf(model, service)), ports: entryOf(model.services, service)?.ports };
}
