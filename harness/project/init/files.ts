import type { EdgeGuess } from './guess-edges';
import type { Guesses, ManagedGuess, RequestGuess } from './guess';

/** What a configuration is begun with, beside what was guessed. */
export interface InitFacts extends Guesses {
  /** The stack's short name. */
  readonly name: string;
  /** As Compose found them, relative to the folder. */
  readonly composeFiles: readonly string[];
  /** From which a configuration imports rollproof: `rollproof`. */
  readonly module: string;
  /** For how long the project was looked at, ms. */
  readonly lookedMs: number;
}

/** Requests a second of the first load: enough to judge by, little enough for any laptop. */
const RATE_PER_SECOND = 50;

export const CONFIG_FILE = 'rollproof.config.ts';
const SCENARIO_FILE = 'rollproof.scenario.ts';
const PORTS_FILE = 'rollproof.compose.yaml';

/** The files of a project that rollproof is new to, by name. Each guess says what it rests on. */
export function initFiles(facts: InitFacts): Readonly<Record<string, string>> {
  const { load } = facts;
  return {
    [CONFIG_FILE]: configText(facts),
    ...(load === undefined ? {} : { [SCENARIO_FILE]: scenarioText(facts, load.service) }),
    ...(load?.isUnpublished === true ? { [PORTS_FILE]: portsText(load.service, load.port) } : {}),
  };
}

function configText({ name, composeFiles, managed, left, edges, load, module, lookedMs }: InitFacts): string {
  const files = [...composeFiles, ...(load?.isUnpublished === true ? [PORTS_FILE] : [])];
  const imports = edges.length === 0 ? 'defineStack' : 'defineStack, edge';
  return [
    `import { ${imports} } from ${quoted(module)};`,
    '',
    `// Begun by \`rollproof init\`, which looked at the running project for ${Math.round(lookedMs / 1_000)} s. Every line is yours to change.`,
    'export const config = defineStack({',
    `  name: ${quoted(name)},`,
    '  // As docker compose finds them here.',
    `  composeFiles: [${files.map(quoted).join(', ')}],`,
    '  // The services that you release: each gets a front, which takes its name and spreads its traffic over revisions.',
    '  managed: {',
    ...managed.flatMap(managedLines),
    ...left.map(({ service, why }) => `    // not ${service}: ${why}`),
    '  },',
    ...(edges.length === 0
      ? []
      : ['  // Calls that faults may be put on.', '  edges: {', ...edges.flatMap(edgeLines), '  },']),
    ...(load === undefined
      ? []
      : [
          `  // ${load.why}`,
          '  load: {',
          `    service: ${quoted(load.service)},`,
          `    port: ${load.port},`,
          `    ratePerSecond: ${RATE_PER_SECOND},`,
          '    requests: {',
          '      // Add what your users do, and a `check` that says what a right answer is.',
          ...load.requests.flatMap(requestLines),
          '    },',
          '  },',
        ]),
    '});',
    '',
  ].join('\n');
}

function managedLines({ service, port, readiness, why }: ManagedGuess): string[] {
  return [`    // ${why}`, `    ${key(service)}: { port: ${port}, readiness: ${quoted(readiness)} },`];
}

function edgeLines(edge: EdgeGuess): string[] {
  const { from, to, port, why } = edge;
  const callee = port === undefined ? to : `${to}:${port}`;
  return [`    // ${why}`, `    ${key(edgeId(edge))}: edge(${quoted(from)}, ${quoted(callee)}),`];
}

function requestLines({ path, weight, why }: RequestGuess, at: number, all: readonly RequestGuess[]): string[] {
  const ids = all.map((one) => requestId(one.path));
  const id = ids[at] ?? '';
  const unique = ids.indexOf(id) === at ? id : `${id}${at + 1}`;
  return [
    `      // ${why}`,
    `      ${key(unique)}: { weight: ${weight}, build: () => ({ method: 'GET', path: ${quoted(path)} }) },`,
  ];
}

/** `/v1/books?page=1` is `v1Books`. */
function requestId(path: string): string {
  return camel(path.replace(/\?.*$/, '')) || 'home';
}

/** `api → user-db` is `apiToUserDb`. */
function edgeId({ from, to }: EdgeGuess): string {
  return camel(`${from}-to-${to}`);
}

function camel(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
}

function scenarioText({ module }: InitFacts, service: string): string {
  return `import { canary, scenario } from ${quoted(module)};

/** The same image once more, as a release: whoever loses requests by it loses them by every release. */
scenario(${quoted(`a release of ${service} that changes nothing costs nobody a request`)}, async ({ stack, load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy(${quoted(service)}, {
    image: stack.stable(${quoted(service)}).image,
    redeploy: true,
    // Short, for a first look: leave the last two out, and it is watched as long as a real release should be.
    strategy: canary({ steps: [50, 100], riseToDetect: 0.1, minReadyMs: 3_000, bakeMs: 5_000 }),
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
});
`;
}

function portsText(service: string, port: number): string {
  return `# Beside your compose files, for rollproof alone: the load comes in by a published port.
services:
  ${JSON.stringify(service)}:
    ports:
      - "${port}"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}
