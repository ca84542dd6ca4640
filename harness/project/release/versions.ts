import { definitionOf } from '../../compose/definition';
import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';
import { kindsOf } from '../../delivery/release/difference';
import type { ProjectVersion, ServiceVersion } from '../../delivery/release/version';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { listContainers } from '../../docker/containers';
import { inspectImage } from '../../docker/images';
import { definedIn, type RunningPlan } from '../plan';
import { withContents } from './contents';

/** The version that runs: by the containers and the records of their revisions, whatever has become of tags and files since. */
export async function versionThatRuns(
  project: string,
  running: RunningPlan,
  revisions: RevisionStore,
): Promise<ProjectVersion> {
  const containers = await listContainers({ project });
  return versionOf(running, async (service, plain) => {
    const stable = revisions.stable(service);
    if (stable !== undefined) {
      const { image, content, definition, settings } = stable;
      return { ...plain, image, content, madeOf: { definition: withContents(definition), settings } };
    }
    const own = containers.find(({ composeService }) => composeService === service);
    const content = (await inspectImage(own?.imageId ?? plain.image))?.content ?? '';
    return { ...plain, content };
  });
}

/**
 * A version to go to, whose images are all there.
 * @throws HarnessError `image-not-found`
 */
export async function versionToGoTo(to: RunningPlan): Promise<ProjectVersion> {
  return versionOf(to, async (service, plain) => {
    const found = await inspectImage(plain.image);
    if (found !== undefined) return { ...plain, content: found.content };
    throw new HarnessError('image-not-found', {
      message: `service ${service} wants ${plain.image}, which is not on this engine`,
      facts: { service, image: plain.image },
      hint: `Pull or build it first: \`docker pull ${plain.image}\`. Nothing was changed.`,
    });
  });
}

async function versionOf(
  { model, managed, workers }: RunningPlan,
  complete: (service: string, version: ServiceVersion) => Promise<ServiceVersion>,
): Promise<ProjectVersion> {
  const deployed = { ...managed, ...workers };
  const kindOf = kindsOf({ services: model.services, managed: Object.keys(deployed) });
  const versions = Object.entries(model.services).map(async ([service, definition]) => {
    const kind = kindOf(service);
    const settings = entryOf(deployed, service);
    const { image = '', depends_on: dependsOn = {}, ports } = definition;
    const madeOf =
      settings === undefined
        ? { definition: withContents(definitionOf(model, service)), ports }
        : { definition: withContents(definedIn(model, service, settings)), settings };
    const version = { kind, image, content: '', madeOf, dependsOn: Object.keys(dependsOn) };
    return [service, await complete(service, version)] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}
