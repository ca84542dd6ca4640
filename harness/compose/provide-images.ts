import { every } from '../core/clock';
import { HarnessError } from '../core/errors';
import { inspectImage } from '../docker/images';
import { imageSteps, type ImagesAsked, type WantedImage } from './image-steps';
import type { ComposeModel } from './model';
import { runOnUserProject, type UserProject } from './user-project';

/** Registries slow down whoever asks for much at once. */
const PULLS_AT_ONCE = 3;

/** How often a person is told what a long build or pull says, ms. */
const STILL_MS = 10_000;

/** Of a build that fails, how much of its end is told. */
const LAST_LINES = 12;

export interface ProvideOptions extends ImagesAsked {
  /** Default: all services of the model. */
  readonly services?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onStep?: (message: string) => void;
}

/**
 * Builds and pulls what a model needs and the Engine does not have, by Compose, from the user's own files: every key of a `build:` means
 * what it means there.
 * @throws HarnessError `image-not-built`, `image-not-pulled`, `image-not-found`
 */
export async function provideImages(
  user: UserProject,
  model: ComposeModel,
  { services = Object.keys(model.services), signal, onStep = () => undefined, ...asked }: ProvideOptions,
): Promise<void> {
  const wanted = Object.fromEntries(Object.entries(model.services).filter(([name]) => services.includes(name)));
  const images = [...new Set(Object.values(wanted).flatMap(({ image }) => image ?? []))];
  const there = new Set<string>();
  for (const image of images) if ((await inspectImage(image)) !== undefined) there.add(image);
  const steps = imageSteps({ ...model, services: wanted }, (image) => there.has(image), asked);
  const missing = steps.missing[0];
  if (missing !== undefined) throw notFound(missing, model);
  const told: Told = { ...(signal === undefined ? {} : { signal }), onStep };
  const unpulled: WantedImage[] = [];
  const pulls = steps.pull.filter(({ image }, at) => steps.pull.findIndex((one) => one.image === image) === at);
  const refused: HarnessError[] = [];
  const worker = async () => {
    for (let one = pulls.shift(); one !== undefined && refused.length === 0; one = pulls.shift()) {
      const { canBuild, isPresent, image } = one;
      const answer = await pulled(user, one, told);
      if (answer === undefined) continue;
      if (!canBuild) refused.push(notPulled(one, answer));
      else if (!isPresent) unpulled.push(...steps.pull.filter((other) => other.image === image));
    }
  };
  await Promise.all(Array.from({ length: PULLS_AT_ONCE }, worker));
  if (refused[0] !== undefined) throw refused[0];
  await build(user, [...steps.build, ...unpulled], { ...told, pull: asked.pull ?? false });
}

interface Told {
  readonly signal?: AbortSignal;
  readonly onStep: (message: string) => void;
}

/** What the registry answered when it did not give the image. */
async function pulled(user: UserProject, { service, image }: WantedImage, told: Told): Promise<string | undefined> {
  const what = `pulling ${image} for ${service}`;
  const { exitCode, lines } = await run(user, ['pull', service], what, told);
  return exitCode === 0 ? undefined : (lines.at(-1) ?? `exit code ${exitCode}`);
}

async function build(
  user: UserProject,
  wanted: readonly WantedImage[],
  { pull, ...told }: Told & { readonly pull: boolean },
): Promise<void> {
  if (wanted.length === 0) return;
  const services = [...new Set(wanted.map(({ service }) => service))];
  const args = ['build', ...(pull ? ['--pull'] : []), ...services];
  const { exitCode, lines } = await run(user, args, `building ${services.join(', ')}`, told);
  if (exitCode === 0) return;
  const failed = failedBuild(lines, services);
  throw new HarnessError('image-not-built', {
    message: [`the image of ${failed.join(', ')} could not be built`, ...lines.slice(-LAST_LINES)].join('\n  '),
    facts: { services: failed, exitCode },
    hint: 'Does `docker compose build` do it alone? Nothing was changed.',
  });
}

async function run(
  user: UserProject,
  args: readonly string[],
  what: string,
  { signal, onStep }: Told,
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  onStep(what);
  let last = '';
  const stop = every(STILL_MS, () => onStep(last === '' ? `still ${what}` : `still ${what}: ${last}`));
  try {
    const { exitCode, stdout, stderr } = await runOnUserProject(user, ['--progress', 'plain', ...args], {
      ...(signal === undefined ? {} : { signal }),
      onStderrLine: (line) => (last = line.trim() === '' ? last : line.trim()),
    });
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    return { exitCode, lines };
  } finally {
    stop();
  }
}

/** Whose step the builder says failed: ` > [web 2/3] RUN false:`. All that were built where it does not say. */
export function failedBuild(lines: readonly string[], services: readonly string[]): readonly string[] {
  const said = lines.flatMap((line) => /^ > \[(\S+)/.exec(line)?.[1] ?? []);
  const named = services.filter((service) => said.includes(service));
  return named.length === 0 ? services : named;
}

function notPulled({ service, image }: WantedImage, answer: string): HarnessError {
  return new HarnessError('image-not-pulled', {
    message: `service ${service} wants ${image}, which is not on this engine, and its registry did not give it: ${answer}`,
    facts: { service, image, answer },
    hint: `Is the name right, and is a \`docker login\` needed? \`docker pull ${image}\` asks once more. Nothing was changed.`,
  });
}

function notFound({ service, image }: WantedImage, model: ComposeModel): HarnessError {
  const isBuilt = model.services[service]?.build !== undefined;
  return new HarnessError('image-not-found', {
    message: `service ${service} wants ${image}, which is not on this engine, and it may not be ${isBuilt ? 'built' : 'pulled'}`,
    facts: { service, image },
    hint: isBuilt ? 'Leave `--no-build` out.' : 'Its `pull_policy` forbids it: build or pull it yourself.',
  });
}
