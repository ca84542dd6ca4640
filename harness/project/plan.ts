import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { compressionFactor, type Compression } from '../alerting/compression';
import { alertingFiles } from '../alerting/files';
import { definitionOf, type ServiceDefinition } from '../compose/definition';
import { instrument } from '../compose/instrument';
import type { ComposeModel } from '../compose/model';
import { checkAllowed } from '../compose/mounts/allow';
import { planMounts } from '../compose/mounts/plan';
import { parseProject } from '../compose/parse';
import { provideImages, type ProvideOptions } from '../compose/provide-images';
import type { UserProject } from '../compose/user-project';
import type { WatchedAlert } from '../contract/alerts';
import { workerDefinition } from '../compose/worker-service';
import {
  isWorker,
  settingsOfWorker,
  type ManagedService,
  type ServiceSettings,
  type StackConfig,
  type WorkerSettings,
} from '../contract/config';
import { HarnessError } from '../core/errors';
import { entryOf, isRecord } from '../core/guards';
import { requireManaged } from '../delivery/revisions/require-managed';
import { firstRevision, type Revision, type RevisionSpec } from '../delivery/revisions/revision';
import { inspectImage } from '../docker/images';
import { plannedTraffic } from '../load/planned-traffic';
import type { LoadedConfig } from '../contract/config-file';
import { supplied, type Supply } from '../docker/supply';
import { checkCopied } from './copied-volumes';
import { lookAtMounts, mountingIn } from './stack-mounts';

/** What is up, or will be: all that a command needs to know of how the stack came up, whatever is edited afterwards. */
export interface RunningPlan {
  /** The user's model as compose resolved it then. */
  readonly model: ComposeModel;
  /** Variables for compose's interpolation, beside the configuration's own: where the alerting files are. */
  readonly composeEnv: Readonly<Record<string, string>>;
  readonly compression: Compression;
  /** Those that Prometheus has rules for. */
  readonly alerts: readonly WatchedAlert[];
  readonly frontImage: string;
  readonly helperImage: string;
  /** For what the fronts were made. */
  readonly managed: Readonly<Record<string, ManagedService>>;
  readonly workers: Readonly<Record<string, WorkerSettings>>;
  /** Where a release took its compose files from, when not from the configuration's. */
  readonly source?: { readonly files: readonly string[] };
}

/** A stack's plan for one command: what is up, and what is made next. */
export interface StackPlan extends RunningPlan {
  /** The user's model as compose resolves it now: what the next revisions are made by. */
  readonly next: ComposeModel;
  /** Of a stack that is to come up. */
  readonly firstRevisions: readonly Revision[];
}

/** A version of a project that is not the one that its configuration names. */
export interface StackVersion {
  /** Its compose files. Default: the configuration's. */
  readonly files?: readonly string[];
  /** Images by service, instead of those that the files name. */
  readonly images?: Readonly<Record<string, string>>;
}

/** How a stack is planned that is to come up. */
export interface PlanOptions extends Omit<ProvideOptions, 'services'> {
  /** Default: the one that the configuration names. */
  readonly version?: StackVersion;
  readonly signal: AbortSignal;
}

/**
 * Resolves the compose files, sizes the alerts to the traffic, and has every image there: built or pulled where it has to be.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `image-not-found`, `image-not-built`, `image-not-pulled`, `supply-missing`
 */
export async function planStack(
  loaded: LoadedConfig,
  supply: Supply,
  { version: { files, images = {} } = {}, signal, ...asked }: PlanOptions,
): Promise<StackPlan> {
  const { managed } = loaded.config;
  const workers = workersOf(loaded.config);
  const compression = planCompression(loaded);
  const composeEnv = await writeAlerting(loaded, { factor: compression.factor, outDir: loaded.stateDirectory });
  const source = files === undefined ? {} : { source: { files } };
  const model = withNamedImages(await resolveModel(loaded, { composeEnv, ...source, signal }), images);
  for (const [service, image] of Object.entries(images)) await requireImage(service, image);
  const services = Object.keys(model.services).filter((service) => !Object.hasOwn(images, service));
  await provideImages(userProject(loaded, { composeEnv, ...source }), model, { ...asked, services, signal });
  return {
    ...{ model, composeEnv, compression, managed, workers, ...source },
    alerts: watchedAlerts(loaded.config),
    frontImage: supplied(supply, 'front'),
    helperImage: supplied(supply, 'helper'),
    next: model,
    firstRevisions: await Promise.all(
      Object.entries(deployedOf({ managed, workers })).map(([service, settings]) =>
        planFirstRevision(model, service, settings),
      ),
    ),
  };
}

/**
 * The plan of a stack that is up, and today's compose files for what is deployed to it. Writes nothing: Prometheus and Alertmanager read
 * the files that they came up with.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `service-unsupported`, `port-not-published`
 */
export async function recallPlan(loaded: LoadedConfig, running: RunningPlan, signal: AbortSignal): Promise<StackPlan> {
  const { composeEnv, source } = running;
  const own = source === undefined ? {} : { source };
  const next = await resolveVersion(loaded, { composeEnv, ...own, signal });
  return { ...running, next: next.model, firstRevisions: [] };
}

/**
 * A service as today's compose files and configuration define it.
 * @throws HarnessError `stack-outdated` when it needs what the stack that is up does not have
 */
export function nextDefinition(
  { config }: LoadedConfig,
  plan: StackPlan,
  service: string,
): Pick<RevisionSpec, 'definition' | 'settings'> {
  const asked = deployedOf({ managed: config.managed, workers: workersOf(config) });
  const settings = entryOf(asked, service) ?? requireManaged(service, deployedOf(plan));
  const definition = definedIn(plan.next, service, settings);
  const missing = Object.entries(definition.service.depends_on ?? {}).flatMap(([name, how]) =>
    Object.hasOwn(plan.model.services, name) || isOptional(how) ? [] : [name],
  );
  if (missing.length > 0) {
    throw new HarnessError('stack-outdated', {
      message: `${service} depends on ${missing.join(', ')}, which came into the compose files after the stack was up`,
      facts: { service, missing },
      hint: 'Take the stack down and bring it up again. Nothing was changed.',
    });
  }
  return { definition, settings };
}

/** A dependency of a profile that nobody has chosen, say. */
function isOptional(dependency: unknown): boolean {
  return isRecord(dependency) && dependency['required'] === false;
}

/** Writes the alerting files at a speed, and returns the variables by which the compose files find them. */
export async function writeAlerting(
  { config, directory }: LoadedConfig,
  { factor, outDir }: { readonly factor: number; readonly outDir: string },
): Promise<Record<string, string>> {
  if (config.observability === undefined) return {};
  return alertingFiles({
    alerts: config.alerts ?? [],
    factor,
    outDir,
    sourceConfigDir: resolve(directory, config.observability.configDir),
  });
}

/**
 * The user's model, checked against the configuration. Writes nothing.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `service-unsupported`, `port-not-published`
 */
export async function resolveModel(loaded: LoadedConfig, files: ModelSource): Promise<ComposeModel> {
  const model = await parsedModel(loaded, files);
  checkServices(loaded, model);
  checkFits(loaded, model);
  return model;
}

interface ModelSource extends Pick<RunningPlan, 'composeEnv' | 'source'> {
  readonly signal?: AbortSignal;
}

/**
 * The same of one version of several, with what of the configuration's services it has: one that comes with another version, or is gone in
 * this one, is none of it.
 * @throws HarnessError as {@link resolveModel}
 */
export async function resolveVersion(
  loaded: LoadedConfig,
  files: ModelSource,
): Promise<Pick<RunningPlan, 'model' | 'managed' | 'workers'>> {
  const model = await parsedModel(loaded, files);
  const { managed, workers = {} } = loaded.config;
  const inIt = <T>(services: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(services).filter(([service]) => Object.hasOwn(model.services, service)));
  const config = { ...loaded.config, managed: inIt(managed), workers: inIt(workers) };
  checkServices({ ...loaded, config }, model);
  checkFits({ ...loaded, config }, model);
  return { model, managed: config.managed, workers: workersOf(config) };
}

function parsedModel(loaded: LoadedConfig, { signal, ...from }: ModelSource): Promise<ComposeModel> {
  return parseProject({ ...userProject(loaded, from), ...(signal === undefined ? {} : { signal }) });
}

/** The user's compose files, or those of another version, as if Compose were called beside the configuration. */
export function userProject(loaded: LoadedConfig, { composeEnv, source }: Omit<ModelSource, 'signal'>): UserProject {
  return {
    files: source?.files ?? loaded.composeFiles,
    projectName: loaded.project,
    directory: loaded.directory,
    ...(loaded.projectDirectory === undefined ? {} : { projectDirectory: loaded.projectDirectory }),
    env: { ...loaded.config.env, ...composeEnv },
  };
}

/** A model with other images for some of its services. @throws HarnessError `unknown-service` */
export function withNamedImages(model: ComposeModel, images: Readonly<Record<string, string>>): ComposeModel {
  const changed = Object.entries(images).map(([service, image]) => {
    // Names those that there are.
    definitionOf(model, service);
    return [service, { ...model.services[service], image }] as const;
  });
  return { ...model, services: { ...model.services, ...Object.fromEntries(changed) } };
}

/** The configuration's alerts, without the rules that Prometheus has of them. */
export function watchedAlerts({ alerts = [] }: StackConfig): readonly WatchedAlert[] {
  return alerts.map(({ rules: _rules, ...watched }) => watched);
}

function planCompression({ config }: LoadedConfig): Compression {
  const rates = plannedTraffic(config.load);
  return compressionFactor(
    (config.alerts ?? []).map(({ name, of, windowMs }) => ({
      name,
      windowMs,
      ratePerSecond: Math.min(...of.map((service) => rates.get(service) ?? 0)),
    })),
  );
}

/** The revision that a service begins with. */
export async function planFirstRevision(
  model: ComposeModel,
  service: string,
  settings: ServiceSettings,
): Promise<Revision> {
  const image = entryOf(model.services, service)?.image ?? '';
  const found = (await inspectImage(image)) ?? { id: '', content: '' };
  const { id: imageId, content } = found;
  const definition = definedIn(model, service, settings);
  return firstRevision(service, { image, imageId, content, definition, settings });
}

/** The definition of a service of a model, as revisions of it are made. */
export function definedIn(model: ComposeModel, service: string, settings: ServiceSettings): ServiceDefinition {
  const definition = definitionOf(model, service);
  return isWorker(settings) ? workerDefinition(definition, settings) : definition;
}

/** All that has revisions, of a plan or a configuration: services with a front, and workers. */
export function deployedOf<Managed, Worker>({
  managed,
  workers = {},
}: {
  readonly managed: Readonly<Record<string, Managed>>;
  readonly workers?: Readonly<Record<string, Worker>>;
}): Readonly<Record<string, Managed | Worker>> {
  return { ...managed, ...workers };
}

/** What revisions of the configuration's workers are run by. */
export function workersOf({ workers = {} }: StackConfig): Record<string, WorkerSettings> {
  return Object.fromEntries(Object.entries(workers).map(([service, own]) => [service, settingsOfWorker(own)]));
}

const OBSERVERS = ['prometheus', 'alertmanager', 'jaeger', 'pager'] as const;

function checkServices({ config, path }: LoadedConfig, model: ComposeModel): void {
  const known = Object.keys(model.services);
  const named = [
    ...Object.keys(config.managed).map((service) => ['managed', service] as const),
    ...Object.keys(config.workers ?? {}).map((service) => ['workers', service] as const),
    ...Object.entries(config.edges ?? {}).flatMap(([name, { from, to }]) =>
      [from, to].map((service) => [`edges.${name}`, service] as const),
    ),
    ['load.service', config.load.service] as const,
    ...(config.alerts ?? []).flatMap(({ name, of }) => of.map((service) => [`alert ${name}`, service] as const)),
    ...OBSERVERS.flatMap((name) => {
      const endpoint = config.observability?.[name];
      return endpoint === undefined ? [] : [[`observability.${name}`, endpoint.service] as const];
    }),
  ];
  for (const [where, service] of named) {
    if (known.includes(service)) continue;
    throw new HarnessError('unknown-service', {
      message: `${path}: ${where} names ${service}, which the compose project does not have`,
      facts: { where, service, known },
      hint: `Its services are ${known.join(', ')}.`,
    });
  }
}

/** What no image and no Engine is needed to know. */
function checkFits(loaded: LoadedConfig, model: ComposeModel): void {
  const { config, project, path } = loaded;
  const { managed, load, observability } = config;
  for (const [service, { image }] of Object.entries(model.services)) {
    if (image !== undefined) continue;
    throw new HarnessError('image-not-found', {
      message: `service ${service} has neither an image nor a build`,
      facts: { service },
      hint: 'Give it an `image:` or a `build:`.',
    });
  }
  const workers = workersOf(config);
  const mounting = mountingIn(model);
  checkAllowed(config.allow ?? [], mounting, loaded);
  const copiedVolumes = Object.keys(config.volumes ?? {});
  checkCopied(copiedVolumes, model, path);
  const mounts = planMounts(lookAtMounts(loaded, mounting));
  const own = { model, project, managed, workers, mounts, copiedVolumes };
  instrument({ ...own, revisions: [], frontImage: 'front', publish: 'ephemeral' });
  const reached = [['load', load] as const, ...OBSERVERS.map((name) => [name, observability?.[name]] as const)];
  for (const [where, endpoint] of reached) {
    if (endpoint === undefined) continue;
    const { service, port } = endpoint;
    if (entryOf(model.services, service)?.ports?.some(({ target }) => target === port) === true) continue;
    throw new HarnessError('port-not-published', {
      message: `${path}: ${where} names port ${port} of ${service}, which ${service} does not publish`,
      facts: { where, service, port },
      hint: portHint(service, port, model),
    });
  }
}

/** A port that is published already is most likely the one that was meant; a managed service has no other. */
export function portHint(service: string, port: number, model: ComposeModel): string {
  const published = (entryOf(model.services, service)?.ports ?? []).map(({ target }) => target);
  if (published.length > 0) return `Published is ${published.join(', ')}: name that in the configuration.`;
  return `Add it to the ports of ${service} in the compose file: \`ports: ["${port}"]\`.`;
}

/** An image that was named by hand is nobody's to build or to pull. */
async function requireImage(service: string, image: string): Promise<void> {
  if ((await inspectImage(image)) !== undefined) return;
  throw new HarnessError('image-not-found', {
    message: `${image}, which ${service} is to run, is not on this engine`,
    facts: { service, image },
    hint: `Build it, or \`docker pull ${image}\`.`,
  });
}

/** Whether a runbook that an alert names can be read here: a path from the repository's root, or a URL that we leave to people. */
export function runbookExists(runbook: string): boolean {
  return /^https?:\/\//.test(runbook) || existsSync(resolve(runbook));
}
