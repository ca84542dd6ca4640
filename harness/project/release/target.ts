import { resolve } from 'node:path';
import { definitionOf } from '../../compose/definition';
import type { ComposeModel, ComposeService } from '../../compose/model';
import type { LoadedConfig } from '../../contract/config-file';
import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';
import type { RevisionStore } from '../../delivery/revisions/revision-store';
import { resolveModel, workersOf, type RunningPlan } from '../plan';
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

/**
 * The plan of the stack once it is that version. Changes nothing.
 * @throws HarnessError `compose-invalid`, `unknown-service`, `release-unfit`, `repository-unfit`
 */
export async function resolveTarget(
  loaded: LoadedConfig,
  running: RunningPlan,
  { composeFiles, ref, images = {} }: ReleaseTarget,
  { revisions, signal }: { readonly revisions: RevisionStore; readonly signal: AbortSignal },
): Promise<RunningPlan> {
  const isWhatRuns = composeFiles === undefined && ref === undefined && Object.keys(images).length > 0;
  if (isWhatRuns) return { ...running, model: withImages(modelThatRuns(running, revisions), images) };
  const named = composeFiles?.map((file) => resolve(loaded.directory, file));
  const files = ref === undefined ? named : await composeFilesOf(loaded, ref);
  const source = files === undefined ? {} : { source: { files } };
  const { source: _source, ...rest } = running;
  const model = withImages(await resolveModel(loaded, { composeEnv: running.composeEnv, ...source, signal }), images);
  const { managed } = loaded.config;
  const to = { ...rest, ...source, model, managed, workers: workersOf(loaded.config) };
  checkFits(running, to);
  return { ...to, model: withRunningResources(running.model, model) };
}

/** What runs: plain services as they came up, each managed one as its stable revision is. */
function modelThatRuns({ model, managed, workers }: RunningPlan, revisions: RevisionStore): ComposeModel {
  const stable = Object.keys({ ...managed, ...workers }).flatMap((service) => revisions.stable(service) ?? []);
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

function withImages(model: ComposeModel, images: Readonly<Record<string, string>>): ComposeModel {
  const changed = Object.entries(images).map(([service, image]) => {
    // Names those that there are.
    definitionOf(model, service);
    return [service, { ...model.services[service], image }] as const;
  });
  return { ...model, services: { ...model.services, ...Object.fromEntries(changed) } };
}

/** What stays as it was made when the stack came up: fronts, networks and volumes. */
function checkFits(running: RunningPlan, to: RunningPlan): void {
  for (const service of Object.keys(to.managed)) {
    if (!Object.hasOwn(running.managed, service) && Object.hasOwn(to.model.services, service)) {
      const isThere = Object.hasOwn(running.model.services, service);
      throw unfit(
        isThere
          ? `${service} runs without a front, and the configuration has one now`
          : `${service} is new, and managed: a front can only come up with the stack`,
        { service },
      );
    }
    const ports = [running, to].map(({ model }) => JSON.stringify(entryOf(model.services, service)?.ports ?? []));
    if (ports[0] !== ports[1]) throw unfit(`${service} publishes other ports in that version`, { service });
  }
  for (const section of ['networks', 'volumes'] as const) {
    for (const [name, resource] of Object.entries(to.model[section] ?? {})) {
      const own = running.model[section];
      if (own === undefined || !Object.hasOwn(own, name)) continue;
      if (JSON.stringify(own[name]) === JSON.stringify(resource)) continue;
      throw unfit(`${section.slice(0, -1)} ${name} is made in another way in that version`, { [section]: name });
    }
  }
}

/** Networks and volumes that the stack has stay, whoever still uses them. */
function withRunningResources(running: ComposeModel, model: ComposeModel): ComposeModel {
  const kept = (section: 'networks' | 'volumes') =>
    running[section] === undefined ? {} : { [section]: { ...running[section], ...model[section] } };
  return { ...model, ...kept('networks'), ...kept('volumes') };
}

function unfit(message: string, facts: Readonly<Record<string, string>>): HarnessError {
  return new HarnessError('release-unfit', {
    message,
    facts,
    hint: 'Take the stack down and bring it up again for that. Nothing was changed.',
  });
}
