import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { listContainers, type ContainerInfo } from '../docker/containers';
import { readLogs } from '../docker/logs';

/** Lines of a container's log that an error shows. */
const LAST_LINES = 8;

/** What a health check says is cut there, characters. */
const HEALTH_WORDS_MAX = 200;

/** A container without a health check is believed to run once it has done so for this long: one that fails at boot is gone by then. */
const SETTLED_MS = 1_000;

/** What to do about a project that does not come up. Only a health check of the user's own tells anything by itself. */
export function upFailedHint(unready: readonly UnreadyContainer[]): string {
  const isChecked = unready.some(({ isFront, health }) => !isFront && health !== 'none');
  const question = isChecked ? ' Does it get healthy by `docker compose up` alone?' : '';
  return `The last lines of the logs are above.${question}`;
}

/** A container that did not become healthy, and the last that it said. */
export interface UnreadyContainer {
  readonly name: string;
  readonly service: string;
  readonly state: string;
  readonly health: string;
  readonly exitCode: number;
  /** The kernel killed it for want of memory. */
  readonly isOutOfMemory: boolean;
  /** What its health check said last. */
  readonly healthOutput?: string;
  /** It stands for a managed service. */
  readonly isFront: boolean;
  readonly lastLines: readonly string[];
}

/**
 * Waits until every container is healthy, runs without a health check, or has done its job and exited with 0. Compose's own `--wait`
 * looks twice a second and takes a finished job for a failure. Throws as soon as one cannot become healthy any more.
 */
export async function awaitReady(
  project: string,
  services: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  const failed = await poll(
    async () => {
      const containers = await ofServices(project, services);
      const hopeless = containers.filter(isHopeless);
      if (hopeless.length > 0) return hopeless;
      return containers.length > 0 && containers.every(hasSettled) && containers.every(isReady) ? [] : undefined;
    },
    { condition: `${project} is healthy`, timeoutMs: Number.POSITIVE_INFINITY, intervalMs: 100, signal },
  );
  if (failed.length === 0) return;
  const unready = await describe(project, failed);
  throw new HarnessError('compose-up-failed', {
    message: [`compose up of ${project}:`, ...unready.map(sentence)].join('\n  '),
    facts: { project, unready },
    hint: upFailedHint(unready),
  });
}

/** The containers that are not ready, with their last log lines. */
export async function describeUnready(
  project: string,
  services: readonly string[] | undefined,
): Promise<UnreadyContainer[]> {
  return describe(project, await listUnready(project, services));
}

/** The containers that have started and are not ready; none when the Engine does not answer. */
export async function listUnready(project: string, services?: readonly string[]): Promise<ContainerInfo[]> {
  const containers = await ofServices(project, services).catch(() => []);
  return containers.filter((container) => !isReady(container) && container.state !== 'created');
}

/** A program that cannot be executed, or is not there: the image's fault, though it never ran. */
const NOT_EXECUTABLE = new Set([126, 127]);

/** Whether any of these containers ran, or would have if its image were right. Taken for yes when the Engine does not answer. */
export async function hasAnyStarted(project: string, services: readonly string[] | undefined): Promise<boolean> {
  const containers = await ofServices(project, services).catch(() => undefined);
  if (containers === undefined) return true;
  return containers.some(({ startedAt, exitCode }) => startedAt > 0 || NOT_EXECUTABLE.has(exitCode));
}

/** One line on a container that is not ready, then its log. */
export function sentence(unready: UnreadyContainer): string {
  const condition = unready.isFront ? `${stateText(unready)}: ${noReplica(unready.service)}` : stateText(unready);
  return [`${unready.name} is ${condition}`, ...unready.lastLines.map((line) => `    ${line}`)].join('\n');
}

function stateText({ state, health, exitCode, isOutOfMemory, healthOutput, isFront }: UnreadyContainer): string {
  if (state !== 'running') {
    return `${state} with exit code ${exitCode}${isOutOfMemory ? ', killed for want of memory (OOM)' : ''}`;
  }
  // A front's own check asks for its replicas, and says nothing that the sentence does not.
  const said = isFront || health === 'none' ? undefined : healthOutput?.split('\n').at(-1);
  return said === undefined ? health : `${health} (${said.slice(0, HEALTH_WORDS_MAX)})`;
}

async function ofServices(project: string, services: readonly string[] | undefined): Promise<ContainerInfo[]> {
  const containers = await listContainers({ project });
  return containers.filter(
    ({ composeService }) => composeService !== '' && (services === undefined || services.includes(composeService)),
  );
}

function isReady(container: ContainerInfo): boolean {
  if (container.state === 'exited') return isJobDone(container);
  return container.state === 'running' && (container.health === 'healthy' || container.health === 'none');
}

/** By the Engine's own record of its start: it may have run for long before anybody looked. */
function hasSettled({ state, health, startedAt }: ContainerInfo): boolean {
  return health !== 'none' || state !== 'running' || wallMs() - startedAt >= SETTLED_MS;
}

function isHopeless(container: ContainerInfo): boolean {
  if (container.state === 'running') return container.health === 'unhealthy';
  return container.state === 'exited' && container.restartPolicy === 'no' && !isJobDone(container);
}

/** A service that did what it had to and ended. A revision has to stay. */
function isJobDone({ exitCode, restartPolicy, role }: ContainerInfo): boolean {
  return exitCode === 0 && restartPolicy === 'no' && role !== 'revision';
}

function noReplica(service: string): string {
  return `no replica answers; are port and readiness of \`managed.${service}\` in rollproof.config.ts right?`;
}

function describe(project: string, containers: readonly ContainerInfo[]): Promise<UnreadyContainer[]> {
  return Promise.all(
    containers.map(async (container) => {
      const { name, composeService, state, health, exitCode, oomKilled, healthOutput, role } = container;
      return {
        name,
        service: composeService,
        state,
        health,
        exitCode,
        isOutOfMemory: oomKilled,
        ...(healthOutput === undefined ? {} : { healthOutput }),
        isFront: role === 'front',
        lastLines: await linesFor(project, container),
      };
    }),
  );
}

/** A front's log is ours: what can help is what the replicas behind it wrote. */
async function linesFor(project: string, { id, role, service }: ContainerInfo): Promise<string[]> {
  if (role !== 'front') return lastLinesOf(id);
  const behind = await listContainers({ project, service }).catch(() => []);
  const lines = behind.filter((other) => other.role === 'revision').map((other) => lastLinesOf(other.id));
  return (await Promise.all(lines)).flat();
}

/** The last lines that a container wrote; none when they cannot be read. */
export async function lastLinesOf(id: string): Promise<string[]> {
  const lines = await readLogs(id, { tail: LAST_LINES }).catch(() => []);
  return lines.map((line) => line.text);
}
