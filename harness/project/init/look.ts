import { composePorts } from '../../compose/named-ports';
import { mountsOf } from '../../compose/definition';
import type { ComposeModel, ComposeService } from '../../compose/model';
import { listContainers, type ContainerInfo } from '../../docker/containers';
import type { Survey, SurveySpec } from '../../faults/agent/survey';
import { runHelperOnce } from '../../docker/helper-once';
import type { ServiceFacts } from './facts';
import { ASKED_PATHS, HOME_PATH, NOT_HTTP_PORTS } from './readiness-paths';

/** A helper takes its time to start and to end, ms. */
const HELPER_SLACK_MS = 30_000;

const UNSEEN: Survey = { listens: [], connections: [], answers: [] };

/** Looks at every container of a project for so long, from inside its network namespace: no port need be published, nothing runs in it. */
export async function lookAtProject(options: {
  readonly project: string;
  readonly model: ComposeModel;
  readonly helperImage: string;
  /** Paths that are asked of each service, beside those that tell that one is ready. */
  readonly also: readonly string[];
  readonly forMs: number;
  readonly signal: AbortSignal;
}): Promise<ServiceFacts[]> {
  const { project, model } = options;
  const running = (await listContainers({ project })).filter(
    ({ state, role }) => state === 'running' && role !== 'guardian',
  );
  const surveys = new Map(
    await Promise.all(
      running.filter(hasOwnNetwork).map(async (container) => [container.id, await survey(container, options)] as const),
    ),
  );
  const containers = await listContainers({ project });
  const serviceAt = new Map(
    [...running, ...containers].flatMap(({ composeService, networks }) =>
      Object.values(networks).map(({ ip }) => [ip, composeService] as const),
    ),
  );
  return Object.entries(model.services).map(([name, definition]) => {
    const own = containers.filter(({ composeService }) => composeService === name);
    const [seen = UNSEEN] = own.flatMap(({ id }) => surveys.get(id) ?? []);
    return {
      ...factsOf(name, definition),
      state: stateOf(own),
      seen: {
        ...seen,
        connections: seen.connections.flatMap(({ address, port }) => {
          const to = serviceAt.get(address);
          return to === undefined || to === name ? [] : [{ to, port }];
        }),
      },
    };
  });
}

/** One on the machine's own network would show, and have asked, all that listens on the machine. */
export function hasOwnNetwork({ networks }: Pick<ContainerInfo, 'networks'>): boolean {
  const names = Object.keys(networks);
  return names.length > 0 && !names.includes('host');
}

async function survey(
  { id, composeService }: ContainerInfo,
  options: {
    readonly project: string;
    readonly helperImage: string;
    readonly also: readonly string[];
    readonly forMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Survey> {
  const { project, helperImage, also, forMs, signal } = options;
  const spec: SurveySpec = {
    forMs,
    paths: ASKED_PATHS,
    home: HOME_PATH,
    also,
    notHttp: NOT_HTTP_PORTS,
    host: composeService,
  };
  const { lines } = await runHelperOnce({
    ...{ project, image: helperImage, args: ['survey', JSON.stringify(spec)] },
    hostConfig: { NetworkMode: `container:${id}` },
    ...{ timeoutMs: forMs + HELPER_SLACK_MS, signal },
    // One whose network cannot be joined, or that has ended, was not seen.
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    return { lines: [String(error)] };
  });
  const last = lines.at(-1) ?? '';
  return last.startsWith('{') ? (JSON.parse(last) as Survey) : UNSEEN;
}

function factsOf(name: string, definition: ComposeService): Omit<ServiceFacts, 'state' | 'seen'> {
  const { image = '', build, ports = [], depends_on: dependsOn = {}, environment = {} } = definition;
  const published = ports.map(({ target }) => target);
  return {
    ...{ name, image, isBuilt: build !== undefined && build !== null },
    published: composePorts(definition).filter((port) => published.includes(port)),
    dependsOn: Object.keys(dependsOn),
    environment: stringsOf(environment),
    writes: mountsOf(definition).flatMap(({ type, source, read_only: isRead }) =>
      source !== undefined && isRead !== true && (type === 'volume' || type === 'bind') ? [source] : [],
    ),
  };
}

function stringsOf(environment: NonNullable<ComposeService['environment']>): Record<string, string> {
  if (Array.isArray(environment)) return {};
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function stateOf(containers: readonly ContainerInfo[]): ServiceFacts['state'] {
  if (containers.some(({ state }) => state === 'running')) return 'runs';
  return containers.length > 0 && containers.every(({ exitCode }) => exitCode === 0) ? 'done' : 'failed';
}
