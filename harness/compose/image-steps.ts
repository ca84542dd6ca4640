import type { ComposeModel, ComposeService } from './model';

/** What a person asks of images, by the flags that `docker compose up` and `build` have. Default: what Compose does without any. */
export interface ImagesAsked {
  /** `always`: whatever can be built is. `never`: nothing is. Default: what is missing, and what has no name but ours. */
  readonly build?: 'always' | 'never';
  /** Look for newer ones, those that are built on included. */
  readonly pull?: boolean;
}

/** An image of a service that somebody has to provide. */
export interface WantedImage {
  readonly service: string;
  readonly image: string;
}

export interface ImageSteps {
  /** Services whose images are built. */
  readonly build: readonly WantedImage[];
  readonly pull: readonly (WantedImage & {
    /** It has a `build:`, which is what is left when no registry gives it. */
    readonly canBuild: boolean;
    readonly isPresent: boolean;
  })[];
  /** Neither there, nor may it be had. */
  readonly missing: readonly WantedImage[];
}

/** What Compose calls the image of a service that has a `build:` and no `image:`. */
export function ownImage(project: string, service: string): string {
  return `${project}-${service}`;
}

/** The model in which a service that is only built has the name of its image, too. */
export function withOwnImages(model: ComposeModel): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => {
    if (service.image !== undefined || service.build === undefined || service.build === null) return [name, service];
    return [name, { ...service, image: ownImage(model.name, name) }] as const;
  });
  return { ...model, services: Object.fromEntries(services) as ComposeModel['services'] };
}

/**
 * What has to happen before every image of a model is there, as `docker compose up` has it. One that has a name of the user's and is there
 * is taken as it is; one that only we name is built anew each time, since nobody else would: where nothing changed, the builder's cache answers.
 */
export function imageSteps(
  model: ComposeModel,
  isPresent: (image: string) => boolean,
  { build: asked, pull: pullsAll = false }: ImagesAsked = {},
): ImageSteps {
  const build: ImageSteps['build'][number][] = [];
  const pull: ImageSteps['pull'][number][] = [];
  const missing: WantedImage[] = [];
  for (const [service, definition] of Object.entries(model.services)) {
    const { image } = definition;
    if (image === undefined) continue;
    const wanted = { service, image };
    const policy = policyOf(definition);
    const canBuild = definition.build !== undefined && definition.build !== null && asked !== 'never';
    const isOwn = image === ownImage(model.name, service);
    const isThere = isPresent(image);
    if (canBuild && (isOwn || policy === 'build' || asked === 'always')) build.push(wanted);
    else if (isOwn || policy === 'never' || policy === 'build') {
      if (isThere) continue;
      if (canBuild) build.push(wanted);
      else missing.push(wanted);
    } else if (!isThere || policy === 'refresh' || pullsAll) pull.push({ ...wanted, canBuild, isPresent: isThere });
  }
  return { build, pull, missing };
}

/** A `pull_policy`: those that look for a newer image at some time are one here. Compose itself says what it does not know. */
function policyOf({ pull_policy: policy }: ComposeService): 'missing' | 'never' | 'build' | 'refresh' {
  if (policy === 'never' || policy === 'build') return policy;
  if (policy === undefined || policy === 'missing' || policy === 'if_not_present') return 'missing';
  return 'refresh';
}
