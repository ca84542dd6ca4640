import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { captureCommand } from '../../../harness/core/command';
import { HarnessError } from '../../../harness/core/errors';
import { contentHash } from '../../../harness/core/ids';
import { readSupply, supplied } from '../../../harness/docker/supply';
import { sweepProject } from '../../../harness/docker/sweep';
import { noted } from '../../../harness/docker/testing/test-projects';

/** npm fetches what lacks in its cache. */
const INSTALL_MS = 300_000;

const NPM_FLAGS = ['--prefer-offline', '--no-audit', '--no-fund'];

const SERVER = `
const server = require('node:http').createServer((request, response) => response.end(process.env.ROLLPROOF_REVISION));
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

const CONFIG = `import { defineStack, type RequestSpec } from 'rollproof';

const get = (): RequestSpec => ({ method: 'GET', path: '/' });

export default defineStack({
  name: 'installed',
  composeFiles: ['compose.yaml'],
  managed: { web: { port: 8080, readiness: '/' } },
  load: { service: 'web', port: 8080, ratePerSecond: 100, requests: { get: { weight: 1, build: get } } },
});
`;

const SCENARIO = `import { scenario } from 'rollproof';

scenario('every request is answered', async ({ load, expect }) => {
  await using traffic = await load.steady();
  await traffic.stop();
  expect(traffic).toHaveLostNoRequests();
});
`;

/** How a project reads its own files. */
export type ModuleKind = 'commonjs' | 'module';

export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Packs this repository into a folder. Returns the path of the tarball. */
export async function pack(directory: string): Promise<string> {
  const { stdout } = await npm(['pack', '--json', '--pack-destination', directory], resolve('.'));
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { filename: string }[];
  return join(directory, packed?.filename ?? '');
}

/** A folder that was empty, with the package in it and a stack of one service. Everything is removed when it is let go. */
export class InstalledProject implements AsyncDisposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'rollproof-installed-')));
  readonly project = noted(`rp-installed-${contentHash(join(this.directory, 'rollproof.config.ts')).slice(0, 6)}`);
  readonly image = supplied(readSupply(), 'node');

  static async create(tarball: string, type: ModuleKind): Promise<InstalledProject> {
    const own = new InstalledProject();
    own.#write('package.json', JSON.stringify({ name: 'installed', private: true, type }));
    await npm(['install', ...NPM_FLAGS, tarball, 'jest@30', 'jest-environment-node@30'], own.directory);
    const web = { image: own.image, init: true, entrypoint: ['node', '-e', SERVER], ports: ['127.0.0.1::8080'] };
    own.#write('compose.yaml', JSON.stringify({ services: { web } }));
    own.#write('rollproof.config.ts', CONFIG);
    own.#write('good.scenario.ts', SCENARIO);
    own.#write('jest.config.json', JSON.stringify({ preset: 'rollproof/jest' }));
    return own;
  }

  /** `npx rollproof …`, or another program of what is installed. */
  npx(...words: readonly string[]): Promise<CommandOutcome> {
    const env = ownEnvironment();
    return captureCommand({ command: 'npx', args: ['--no-install', ...words], cwd: this.directory, env });
  }

  /** Edits a file of the package that is installed. */
  edit(name: string, addition: string): void {
    appendFileSync(join(this.directory, 'node_modules', 'rollproof', name), addition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sweepProject(this.project);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }
}

async function npm(args: readonly string[], cwd: string): Promise<CommandOutcome> {
  const end = await captureCommand({ command: 'npm', args, cwd, env: ownEnvironment(), timeoutMs: INSTALL_MS });
  if (end.exitCode === 0) return end;
  throw new HarnessError('command-ended', { message: `npm ${args[0]}: ${end.how}\n${end.stderr}` });
}

/** That of a person at a terminal: nothing of the npm that runs the tests, and not the Node that it brings. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_|ROLLPROOF_)/i.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(entries), PATH: path.join(delimiter), GITHUB_ACTIONS: '', CI: '' };
}
