import type { Command } from 'commander';
import { examples, exitCodes, finish, withConfig } from './help';
import { printResult, withJson } from './json';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf, writtenVolumes } from '../compose/definition';
import type { ComposeModel } from '../compose/model';
import { lockHolder } from '../project/lock';
import { openRevisionStore, revisionsPath, type RevisionStore } from '../delivery/revisions/revision-store';
import { preflight } from '../docker/client';
import { listContainers, type ContainerInfo } from '../docker/containers';
import { execOnce } from '../docker/exec';
import { STATE_DIRECTORY } from '../compose/front-container';
import { STATE_FILE } from '../front/config';
import { parseState } from '../front/front-state';
import { sharesOf } from '../front/state';
import { inspectImage } from '../docker/images';
import { findLeftovers } from '../docker/sweep';
import { loadConfigFile, type LoadedConfig } from '../contract/config-file';
import { editedSince } from '../project/edited';
import { keptStack, type KeptStack } from '../project/kept-stack';
import { resolveModel, writeAlerting } from '../project/plan';
import { portDoubts } from '../project/port-doubts';
import { statusText, type StatusFacts } from './status-text';

/**
 * `rollproof status`: who holds the project, its revisions, what would come up, and what else carries our label. Changes nothing.
 * @throws HarnessError what `up` would throw of the configuration and the compose files
 */
export async function status({ config, json }: { readonly config: string; readonly json: boolean }): Promise<number> {
  const loaded = await loadConfigFile(config);
  await preflight();
  const kept = keptStack(loaded);
  const model = await modelOf(loaded, kept);
  const [containers, leftovers] = await Promise.all([listContainers({ project: loaded.project }), findLeftovers()]);
  const store = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const own = leftovers.find(({ project }) => project === loaded.project);
  const holder = lockHolder(join(loaded.stateDirectory, 'lock')) ?? null;
  const hasGuardian = own?.isGuarded ?? false;
  const hasKeeper = containers.some(({ role, state }) => role === 'keeper' && state === 'running');
  const weights = await weightsOf(containers);
  const facts: StatusFacts = {
    project: loaded.project,
    holder,
    kept: kept === undefined ? null : { command: kept.command, since: kept.since },
    edited:
      kept === undefined
        ? []
        : editedSince(loaded, kept, {
            next: model,
            stable: (service) => store.stable(service),
          }),
    sharedVolumes: sharedVolumes(loaded, model, store),
    heldElsewhere: hasGuardian && holder === null,
    guarded: hasGuardian || hasKeeper,
    containers: containers.length,
    services: await servicesOf(loaded, model),
    portDoubts: Object.entries(await portDoubts(loaded.config.managed, model)).map(([service, others]) => {
      return { service, port: loaded.config.managed[service]?.port ?? 0, others };
    }),
    revisions: store.list().map((revision) => ({
      label: revision.label,
      image: revision.image,
      status: revision.status,
      state: containers.find(({ composeService }) => composeService === revision.label)?.state ?? 'gone',
      weight: weights[revision.label] ?? null,
      isCutOff: revision.rollout !== undefined && holder === null,
    })),
    otherProjects: leftovers.map(({ project }) => project).filter((name) => name !== loaded.project),
  };
  printResult(json, facts, statusText(facts, config));
  return 0;
}

/** Percent of the traffic by revision, as the fronts that run have it. Of one that cannot be asked nothing is known. */
async function weightsOf(containers: readonly ContainerInfo[]): Promise<Readonly<Record<string, number>>> {
  const fronts = containers.filter(({ role, state }) => role === 'front' && state === 'running');
  const asked = fronts.map(async ({ id }) => {
    const { stdout } = await execOnce(id, ['cat', `${STATE_DIRECTORY}/${STATE_FILE}`]);
    return sharesOf(parseState(stdout));
  });
  const answers = await Promise.allSettled(asked);
  return Object.fromEntries(answers.flatMap((one) => (one.status === 'fulfilled' ? Object.entries(one.value) : [])));
}

/** As `up` resolves it. A stack that is up reads its alerting files, so those of this look go elsewhere. */
async function modelOf(loaded: LoadedConfig, kept: KeptStack | undefined): Promise<ComposeModel> {
  if (kept !== undefined) return resolveModel(loaded, kept.plan);
  const outDir = mkdtempSync(join(tmpdir(), 'rollproof-status-'));
  try {
    return await resolveModel(loaded, { composeEnv: await writeAlerting(loaded, { factor: 1, outDir }) });
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** Of what runs, or would: named volumes that two revisions would write at the same time. */
function sharedVolumes(
  { config }: LoadedConfig,
  model: ComposeModel,
  store: RevisionStore,
): StatusFacts['sharedVolumes'] {
  return Object.keys(config.managed).flatMap((service) => {
    const definition = store.stable(service)?.definition ?? definitionOf(model, service);
    return writtenVolumes(definition).map((volume) => ({ service, volume }));
  });
}

async function servicesOf({ config }: LoadedConfig, model: ComposeModel): Promise<StatusFacts['services']> {
  return Promise.all(
    Object.entries(model.services).map(async ([name, { image }]) => ({
      name,
      isManaged: Object.hasOwn(config.managed, name),
      image: image ?? null,
      isPresent: image !== undefined && (await inspectImage(image)) !== undefined,
    })),
  );
}

export function addStatus(program: Command): void {
  withJson(withConfig(program.command('status')), 'what it finds')
    .description('revisions, traffic and what is left of earlier runs')
    .addHelpText('after', examples('npm run rollproof -- status', 'npm run --silent rollproof -- status --json'))
    .addHelpText('after', exitCodes('told, whether the stack is up or not', 'something went wrong on the way'))
    .action((options: { config: string; json: boolean }) => finish(status(options)));
}
