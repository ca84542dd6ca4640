import { resolve } from 'node:path';
import type { ComposeModel, ComposeService } from '../../compose/model';
import type { LoadedConfig } from '../../contract/config-file';
import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';
import { contentHash } from '../../core/ids';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { deployedOf, resolveVersion, withNamedImages, type RunningPlan } from '../plan';
import { composeFilesOf } from './checkout';

/** The version of a project that a release goes to. Says nothing: today's compose files of the configuration. */
export interface ReleaseTarget {
  /** Compose files, relative to the configuration file. Not with `ref`. */
  readonly composeFiles?: readonly string[];
  /** A git ref: the configuration's compose files as that commit has them. */
  readonly ref?: string;
  /** Images by service, instead of those that the files name. Alone: what runs now, with these images. */
  readonly images?: Readonly<Record<string, string>>;
}

export interface ResolveOptions {
  readonly revisions: RevisionStore;
  readonly signal: AbortSignal;
  /** Has the images of a version there: built, or pulled. Default: they are taken as they are. */
  readonly provide?: (version: ProvidedVersion) => Promise<void>;
}

/** A version that says itself how its images come about, and for which services. */
export interface ProvidedVersion extends Pick<RunningPlan, 'model' | 'composeEnv' | 'source'> {
  readonly services: readonly string[];
}

/**
 * The plan of the stack once it is that version. Changes nothing.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `release-unfit`, `repository-unfit`
 */
export async function resolveTarget(
  loaded: LoadedConfig,
  running: RunningPlan,
  { composeFiles, ref, images = {} }: ReleaseTarget,
  { revisions, signal, provide }: ResolveOptions,
): Promise<RunningPlan> {
  const isWhatRuns = composeFiles === undefined && ref === undefined && Object.keys(images).length > 0;
  if (isWhatRuns) return { ...running, model: withNamedImages(modelThatRuns(running, revisions), images) };
  const named = composeFiles?.map((file) => resolve(loaded.directory, file));
  const files = ref === undefined ? named : await composeFilesOf(loaded, ref);
  const source = files === undefined ? {} : { source: { files } };
  const { source: _source, ...rest } = running;
  const version = await resolveVersion(loaded, { composeEnv: running.composeEnv, ...source, signal });
  const to = { ...rest, ...source, ...version, model: withNamedImages(version.model, images) };
  const services = Object.keys(version.model.services).filter((service) => !Object.hasOwn(images, service));
  const { managed, workers = {} } = loaded.config;
  checkNamed([...Object.keys(managed), ...Object.keys(workers)], running, to);
  checkFits(running, to);
  // Last: nothing is built for a version that does not fit.
  await provide?.({ ...to, model: version.model, services });
  return { ...to, model: withRunningResources(running.model, to.model) };
}

/** What runs: plain services as they came up, each managed one as its stable revision is. */
function modelThatRuns(running: RunningPlan, revisions: RevisionStore): ComposeModel {
  const { model } = running;
  const stable = Object.keys(deployedOf(running)).flatMap((service) => revisions.stable(service) ?? []);
  const services = stable.map(({ service, image, definition }) => {
    const { build, container_name: name, profiles, ports } = entryOf(model.services, service) ?? {};
    const own = Object.entries({ build, container_name: name, profiles, ports, image });
    const kept = Object.fromEntries(own.filter(([, value]) => value !== undefined));
    return [service, { ...definition.service, ...kept } satisfies ComposeService] as const;
  });
  const brought = (section: 'networks' | 'volumes' | 'secrets' | 'configs') => {
    const all = Object.assign({}, ...stable.map(({ definition }) => definition[section]), model[section]) as object;
    return Object.keys(all).length === 0 ? {} : { [section]: all };
  };
  return {
    ...model,
    services: { ...model.services, ...Object.fromEntries(services) },
    ...brought('networks'),
    ...brought('volumes'),
    ...brought('secrets'),
    ...brought('configs'),
  };
}

/** A service that no version has is a slip of the pen. */
function checkNamed(deployed: readonly string[], running: RunningPlan, to: RunningPlan): void {
  const known = [...new Set([running, to].flatMap(({ model }) => Object.keys(model.services)))];
  const unknown = deployed.filter((service) => !known.includes(service));
  if (unknown.length === 0) return;
  throw new HarnessError('unknown-service', {
    message: `the configuration names ${unknown.join(', ')}, which neither what runs nor the version to go to has`,
    facts: { unknown, known },
    hint: `Their services are ${known.join(', ')}. Nothing was changed.`,
  });
}

/** Of a service's definition, what its front is made of. */
const OF_THE_FRONT = ['ports', 'networks', 'container_name'] as const;

/**
 * Refuses what stays as it was made when it came up: fronts, networks and volumes.
 * @throws HarnessError `release-unfit`, naming the key
 */
export function checkFits(running: RunningPlan, to: RunningPlan): void {
  for (const service of Object.keys(to.managed)) {
    const [before, next] = [running, to].map(({ model }) => entryOf(model.services, service));
    if (before === undefined || next === undefined) continue;
    if (!Object.hasOwn(running.managed, service)) {
      const hint = `Take \`managed.${service}\` out of the configuration again, or give the service another name.`;
      throw unfit(`${service} runs without a front, and the configuration has one now`, { service }, hint);
    }
    const changed = OF_THE_FRONT.filter((key) => contentHash(before[key] ?? null) !== contentHash(next[key] ?? null));
    if (changed.length === 0) continue;
    const keys = changed.map((key) => `services.${service}.${key}`).join(' and ');
    throw unfit(
      `${keys} ${changed.length === 1 ? 'is' : 'are'} different in that version, and the front of ${service} was made for what it was`,
      { service, keys },
      'Leave it as it was; or give the service another name there: a new one comes with a front of its own.',
    );
  }
  for (const section of ['networks', 'volumes'] as const) {
    for (const [name, resource] of Object.entries(to.model[section] ?? {})) {
      const own = running.model[section];
      if (own === undefined || !Object.hasOwn(own, name)) continue;
      if (JSON.stringify(own[name]) === JSON.stringify(resource)) continue;
      throw unfit(
        `${section}.${name} is made in another way in that version`,
        { [section]: name },
        'Give it another name there: what is new is made.',
      );
    }
  }
}

/** Networks and volumes that the stack has stay, whoever still uses them. */
function withRunningResources(running: ComposeModel, model: ComposeModel): ComposeModel {
  const kept = (section: 'networks' | 'volumes') =>
    running[section] === undefined ? {} : { [section]: { ...running[section], ...model[section] } };
  return { ...model, ...kept('networks'), ...kept('volumes') };
}

function unfit(message: string, facts: Readonly<Record<string, string>>, hint: string): HarnessError {
  return new HarnessError('release-unfit', {
    message,
    facts,
    hint: `${hint} Or take the stack down and bring it up again. Nothing was changed.`,
  });
}
