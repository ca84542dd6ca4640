import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JournalLine } from '../../contract/observation';
import { HarnessError } from '../../core/errors';
import { contentHash } from '../../core/ids';
import { MemoryJournal, readJournal } from '../../contract/journal';
import { poll } from '../../core/poll';
import { engine } from '../../docker/client';
import { listContainers } from '../../docker/containers';
import { LABEL } from '../../docker/labels';
import { sweepProject } from '../../docker/sweep';
import { noted } from '../../docker/testing/test-projects';
import type { LoadOptions } from '../../load/contract';
import type { openLoad } from '../../load/load';
import { Command } from './command';
import { FROM_SOURCE, type CommandLine } from './command-line';
import { readSupply, supplied } from '../../docker/supply';

export const IMAGE = supplied(readSupply(), 'node');

/** Names the configuration of a tiny project to a command that runs in its folder. */
export const CONFIG = ['-c', 'rollproof.config.ts'];

const SERVER = `
let asked = 0;
const server = require('node:http').createServer((request, response) => {
  const isBad = process.env.FAILS_EVERY_OTHER === '1' && request.url === '/' && (asked += 1) % 2 === 0;
  response.writeHead(isBad ? 500 : 200).end(process.env.ROLLPROOF_REVISION);
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

const HARNESS = JSON.stringify(join(__dirname, '..', '..', 'index'));

/** What a test may want different. */
export interface TinyOptions {
  readonly image?: string;
  /** Container ports of `web` that are published, beside its own. */
  readonly morePorts?: readonly number[];
  /** More of the compose definition of `web`. */
  readonly web?: Readonly<Record<string, unknown>>;
  /** Instead of the whole compose file. */
  readonly compose?: string;
  /** Services under `managed`. Default: `web`. */
  readonly managed?: readonly string[];
  /** Instead of the whole configuration. */
  readonly config?: string;
  /** Default: from the source. */
  readonly commandLine?: CommandLine;
}

/** A compose project of two services in a temporary folder, on a port that was free. Everything of it is removed when it is let go. */
export class TinyProject implements AsyncDisposable {
  readonly project: string;
  readonly configPath: string;
  readonly composePath: string;
  readonly commandLine: CommandLine;
  readonly #commands: Command[] = [];
  #loads = 0;

  private constructor(
    readonly directory: string,
    readonly port: number,
    options: TinyOptions,
  ) {
    this.configPath = join(directory, 'rollproof.config.ts');
    this.composePath = join(directory, 'compose.yaml');
    this.commandLine = options.commandLine ?? FROM_SOURCE;
    writeFileSync(this.composePath, options.compose ?? composeFile(port, options));
    writeFileSync(this.configPath, options.config ?? configFile(options.managed ?? ['web']));
    this.project = noted(`rp-tiny-${contentHash(this.configPath).slice(0, 6)}`);
    mkdirSync(join(directory, '.rollproof'));
    const supply = resolve('.rollproof', 'images.json');
    if (existsSync(supply)) cpSync(supply, join(directory, '.rollproof', 'images.json'));
  }

  static async create(options: TinyOptions = {}): Promise<TinyProject> {
    return new TinyProject(realpathSync(mkdtempSync(join(tmpdir(), 'rollproof-cli-'))), await freePort(), options);
  }

  run(args: readonly string[], env?: Readonly<Record<string, string>>): Command {
    const command = new Command(this.directory, args, env, this.commandLine);
    this.#commands.push(command);
    return command;
  }

  /** Brings it up. Throws what the command says where that fails: whoever goes on then tries nothing. */
  async up(): Promise<void> {
    const command = this.run(['up', ...CONFIG]);
    if ((await command.exitCode()) === 0) return;
    throw new HarnessError('command-ended', { message: `up failed:\n${command.stdout}${command.stderr}` });
  }

  /** Writes a scenario file; `body` is the inside of its function. Returns its path. */
  scenario(body: string): string {
    const path = join(this.directory, 'scenario.ts');
    writeFileSync(
      path,
      `import { crash, scenario } from ${HARNESS};\nscenario('a scenario', async ({ load, inject, expect }) => {\n${body}\n});\n`,
    );
    return path;
  }

  /** Names of the runs that are kept, in no order: no more than so many, however many there were. */
  runs(): string[] {
    const reports = join(this.directory, 'reports');
    return existsSync(reports) ? readdirSync(reports).filter((name) => /^\d/.test(name)) : [];
  }

  /** The journal of the latest run; empty before there is one. */
  journal(): JournalLine[] {
    const path = join(this.directory, 'reports', 'latest', 'journal.ndjson');
    return existsSync(path) ? readJournal(path) : [];
  }

  /** Waits for a line of the latest run's journal. Throws what the command said when it ends before. */
  async awaitLine(
    condition: string,
    matches: (line: JournalLine) => boolean,
    timeoutMs = 50_000,
  ): Promise<JournalLine> {
    const command = this.#commands.at(-1);
    const found = await poll(
      () => this.journal().find(matches) ?? (command?.hasEnded === true ? ('ended' as const) : undefined),
      { condition, timeoutMs, intervalMs: 20 },
    );
    if (found !== 'ended') return found;
    throw new HarnessError('command-ended', {
      message: `the command ended before ${condition}:\n${command?.stdout}${command?.stderr}`,
    });
  }

  /** Waits until a compose service has a container that runs. */
  async awaitContainer(service: string, timeoutMs = 60_000): Promise<void> {
    const runs = async () =>
      (await listContainers({ project: this.project, service })).some(({ state }) => state === 'running');
    await poll(async () => ((await runs()) ? true : undefined), {
      condition: `a container of ${service} runs`,
      timeoutMs,
      intervalMs: 20,
    });
  }

  /** The services that run now, and the roles of helpers that do, by name. */
  async running(): Promise<string[]> {
    const containers = (await listContainers({ project: this.project })).filter(({ state }) => state === 'running');
    return containers.map(({ composeService, role }) => (composeService === '' ? (role ?? '') : composeService)).sort();
  }

  /** Who answers. */
  async ask(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/`, { signal: AbortSignal.timeout(5_000) })).text();
  }

  /** Sends a hundred requests a second, or what is asked for, for as long as it is not stopped. */
  openLoad(more: Partial<LoadOptions> = {}): ReturnType<typeof openLoad> {
    this.#loads += 1;
    return this.commandLine.openLoad({
      configPath: this.configPath,
      baseUrl: `http://127.0.0.1:${this.port}`,
      ratePerSecond: 100,
      seed: 'seed',
      ledgerPath: join(this.directory, `ledger-${this.#loads}.ndjson`),
      journal: new MemoryJournal(),
      ...more,
    });
  }

  hasReport(): boolean {
    const latest = join(this.directory, 'reports', 'latest');
    return ['report.html', 'summary.json', 'junit.xml'].every((file) => existsSync(join(latest, file)));
  }

  /** Names of the containers, networks and volumes that the project has now. */
  async traces(): Promise<string[]> {
    const named = await Promise.all([LABEL.project, LABEL.composeProject].map((key) => namesWith(key, this.project)));
    return [...new Set(named.flat())].sort();
  }

  async awaitNoTraces(timeoutMs: number): Promise<void> {
    let last: readonly string[] = [];
    await poll(async () => ((last = await this.traces()).length === 0 ? true : undefined), {
      condition: `nothing of ${this.project} is left`,
      timeoutMs,
      describe: () => ({ left: last }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#commands) await command[Symbol.asyncDispose]();
    await sweepProject(this.project);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function namesWith(key: string, project: string): Promise<string[]> {
  const filters = { label: [`${key}=${project}`] };
  const [containers, networks, { Volumes }] = await Promise.all([
    engine().listContainers({ all: true, filters: { ...filters } }),
    engine().listNetworks({ filters: { ...filters } }),
    engine().listVolumes({ filters: { ...filters } }),
  ]);
  return [
    ...containers.map(({ Names, Id }) => `container ${Names[0] ?? Id}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
  ];
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function composeFile(port: number, { image = IMAGE, morePorts = [], web = {} }: TinyOptions): string {
  const service = { image, init: true, entrypoint: ['node', '-e', SERVER] };
  return JSON.stringify({
    services: {
      web: { ...service, ports: [`127.0.0.1:${port}:8080`, ...morePorts.map(String)], ...web },
      back: { ...service, volumes: ['data:/data'], restart: 'unless-stopped' },
    },
    volumes: { data: {} },
  });
}

function configFile(managed: readonly string[]): string {
  const services = Object.fromEntries(managed.map((name) => [name, { port: 8080, readiness: '/readyz' }]));
  return `export const config = {
  name: 'tiny',
  composeFiles: ['compose.yaml'],
  managed: ${JSON.stringify(services)},
  load: {
    service: 'web',
    port: 8080,
    ratePerSecond: 50,
    requests: { get: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } },
  },
};
`;
}
