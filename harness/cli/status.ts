import type { Command } from 'commander';
import { sleep } from '../core/clock';
import { withCompose } from './compose-flags';
import { examples, exitCodes, finish, withConfig } from './help';
import { printResult, withJson } from './json';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf, writtenMounts } from '../compose/definition';
import { remarksOn } from '../compose/differences/differences';
import type { ComposeModel } from '../compose/model';
import { carriedText, tcpPortsOf } from '../compose/named-ports';
import { mountRemarks, planMounts, type MountPlan } from '../compose/mounts/plan';
import { lockHolder } from '../project/lock';
import { projectLock, serviceLock } from '../project/locks';
import { openRevisionStore, revisionsPath, type RevisionStore } from '../delivery/revisions/revision-store';
import { preflight } from '../docker/client';
import { consumerShares } from './consumer-shares';
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
import { deployedOf, resolveModel, resolveVersion, workersOf, writeAlerting } from '../project/plan';
import { portDoubts } from '../project/port-doubts';
import { shownWhenChanged } from './shown-when-changed';
import { readMounts } from '../project/mount-file';
import { lookAtMounts, mountingIn } from '../project/stack-mounts';
import { statusText, type StatusFacts } from './status-text';

interface StatusOptions {
  readonly config: string;
  readonly json: boolean;
}

/** How long a watch rests between two looks. */
const WATCH_MS = 2_000;

/**
 * `rollproof status`: who holds the project, its revisions, what would come up, and what else carries our label. Changes nothing.
 * @throws HarnessError what `up` would throw of the configuration and the compose files
 */
async function status({ config, json }: StatusOptions): Promise<number> {
  const loaded = await loadConfigFile(config);
  await preflight();
  const facts = await look(loaded);
  printResult(json, facts, statusText(facts, config));
  return 0;
}

/** `rollproof status --watch`: looks again and again, and shows what it finds where it has changed. Ends with a Ctrl-C. */
async function watchStatus({ config, json }: StatusOptions): Promise<never> {
  const loaded = await loadConfigFile(config);
  await preflight();
  const show = shownWhenChanged(process.stdout);
  for (;;) {
    const facts = await look(loaded);
    show(json ? `${JSON.stringify(facts)}\n` : statusText(facts, config), json);
    await sleep(WATCH_MS);
  }
}

/** Of a stack: who holds it, its revisions, what would come up, and what else carries our label. */
async function look(loaded: LoadedConfig): Promise<StatusFacts> {
  const kept = keptStack(loaded);
  const model = await modelOf(loaded, kept);
  const mounts = lookAtMounts(loaded, mountingIn(model), readMounts(loaded.stateDirectory));
  const [containers, leftovers] = await Promise.all([listContainers({ project: loaded.project }), findLeftovers()]);
  const store = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const own = leftovers.find(({ project }) => project === loaded.project);
  const holder = lockHolder(projectLock(loaded.stateDirectory)) ?? null;
  const rollouts = Object.keys(deployedOf(loaded.config)).flatMap((service) => {
    const by = lockHolder(serviceLock(loaded.stateDirectory, service));
    return by === undefined ? [] : [{ service, holder: by }];
  });
  const hasGuardian = own?.isGuarded ?? false;
  const hasKeeper = containers.some(({ role, state }) => role === 'keeper' && state === 'running');
  const shares = [
    await weightsOf(containers),
    ...Object.keys(loaded.config.workers ?? {}).map((worker) => consumerShares(worker, containers)),
  ];
  const weights = Object.fromEntries(shares.flatMap((one) => Object.entries(one)));
  return {
    project: loaded.project,
    holder,
    rollouts,
    kept: kept === undefined ? null : { command: kept.command, since: kept.since },
    edited:
      kept === undefined
        ? []
        : editedSince(loaded, kept, {
            next: model,
            stable: (service) => store.stable(service),
          }),
    sharedVolumes: sharedVolumes(loaded, model, store),
    remarks: [...remarksFor(loaded, { model, kept, mounts: planMounts(mounts) }), ...carriedPorts(loaded, model)],
    mounts: mountRemarks(mounts),
    heldElsewhere: hasGuardian && holder === null && rollouts.length === 0,
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
      isCutOff:
        revision.rollout !== undefined &&
        holder === null &&
        !rollouts.some(({ service }) => service === revision.service),
    })),
    otherProjects: leftovers.map(({ project }) => project).filter((name) => name !== loaded.project),
  };
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
  if (kept !== undefined) return (await resolveVersion(loaded, kept.plan)).model;
  const outDir = mkdtempSync(join(tmpdir(), 'rollproof-status-'));
  try {
    return await resolveModel(loaded, { composeEnv: await writeAlerting(loaded, { factor: 1, outDir }) });
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** Of what runs, or would: what two revisions would write at the same time. */
function sharedVolumes(
  { config }: LoadedConfig,
  model: ComposeModel,
  store: RevisionStore,
): StatusFacts['sharedVolumes'] {
  // What takes turns never has two revisions at once.
  const workers = Object.entries(config.workers ?? {}).flatMap(([name, own]) => (own.singleton === true ? [] : name));
  const managed = Object.entries(config.managed).flatMap(([name, own]) => (own.exclusive === true ? [] : name));
  return [...managed, ...workers].flatMap((service) => {
    const isThere = Object.hasOwn(model.services, service);
    const definition = store.stable(service)?.definition ?? (isThere ? definitionOf(model, service) : undefined);
    if (definition === undefined) return [];
    return writtenMounts(definition).map((volume) => ({ service, volume }));
  });
}

/** A stack that is up or is to come up. */
interface Standing {
  readonly model: ComposeModel;
  readonly kept: KeptStack | undefined;
  readonly mounts: MountPlan;
}

/** Where the stack is other than `docker compose up` would have it: what has been left up is so on its own ports and addresses. */
function remarksFor({ config, project }: LoadedConfig, { model, kept, mounts }: Standing): string[] {
  const inIt = <T>(services: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(services).filter(([service]) => Object.hasOwn(model.services, service)));
  return remarksOn({
    ...{ model, project, managed: inIt(config.managed), workers: inIt(workersOf(config)) },
    ...{ mounts, copiedVolumes: Object.keys(config.volumes ?? {}) },
    ...{ frontImage: 'front', publish: kept === undefined ? 'ephemeral' : 'fixed' },
  });
}

async function servicesOf({ config }: LoadedConfig, model: ComposeModel): Promise<StatusFacts['services']> {
  return Promise.all(
    Object.entries(model.services).map(async ([name, { image, build }]) => ({
      name,
      isManaged: Object.hasOwn(config.managed, name),
      isWorker: Object.hasOwn(config.workers ?? {}, name),
      image: image ?? null,
      isBuilt: build !== undefined,
      isPresent: image !== undefined && (await inspectImage(image)) !== undefined,
    })),
  );
}

export function defineStatus(command: Command): void {
  withJson(withCompose(withConfig(command)), 'what it finds')
    .option('-w, --watch', 'look again and again until Ctrl-C; show what has changed', false)
    .addHelpText('after', examples('status', 'status --watch', 'status --json'))
    .addHelpText('after', exitCodes('told, whether the stack is up or not', 'something went wrong on the way'))
    .action((options: StatusOptions & { watch: boolean }) =>
      finish(options.watch ? watchStatus(options) : status(options)),
    );
}

/** Ports that a front carries without looking into them. */
function carriedPorts({ config }: LoadedConfig, { services }: ComposeModel): string[] {
  return Object.entries(config.managed).flatMap(([service, { port }]) => {
    const ports = tcpPortsOf(services[service] ?? {}, port);
    return ports.length === 0 ? [] : [carriedText(service, ports)];
  });
}
