import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { captureCommand } from '../../harness/core/command';
import { inspectImage, untagImage } from '../../harness/docker/images';
import { readSupply, type Supply } from '../../harness/docker/supply';
import { InstalledProject, pack, type CommandOutcome, type ModuleKind } from './testing/installed-project';

const INSTALL_MS = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'rollproof-pack-'));
let tarball: string;

beforeAll(async () => {
  tarball = await pack(folder);
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What passed says nothing more; what did not shows all it said. */
const passed = ({ exitCode, stdout, stderr }: CommandOutcome) => ({
  exitCode,
  said: exitCode === 0 ? '' : stdout + stderr,
});
const PASSED = { exitCode: 0, said: '' };

describe.each<ModuleKind>(['commonjs', 'module'])('in a project that was empty, of type %s', (type) => {
  let own: InstalledProject;

  beforeAll(async () => {
    own = await InstalledProject.create(tarball, type);
  }, INSTALL_MS);

  afterAll(() => own[Symbol.asyncDispose]());

  it('checks the configuration, and names commands as they are typed there', async () => {
    const { stdout, ...status } = await own.npx('rollproof', 'status');
    expect(passed({ stdout, ...status })).toEqual(PASSED);
    expect(stdout).toContain('bring it up with `npx rollproof up');
  });

  it('brings a stack up, deploys to it, and takes it down', async () => {
    const up = await own.npx('rollproof', 'up');
    expect(passed(up)).toEqual(PASSED);
    expect(existsSync(join(own.directory, '.rollproof', 'images.json'))).toBe(true);
    const image = ['--image', own.image, '--redeploy'];
    const deploy = await own.npx('rollproof', 'deploy', 'web', ...image, '--load', '--steps', '50,100', '--rise', '20');
    expect(passed(deploy)).toEqual(PASSED);
    expect(deploy.stdout).toMatch(/^promoted: web-r2 serves everything/);
    const down = await own.npx('rollproof', 'down', '--config', 'rollproof.config.ts');
    expect(down).toMatchObject({ exitCode: 0, stdout: `removed ${own.project}\n` });
  });

  it('runs a scenario as a command, and as a test of Jest by the preset', async () => {
    expect(passed(await own.npx('rollproof', 'start', 'good.scenario.ts'))).toEqual(PASSED);
    const jest = await own.npx('jest');
    expect(passed(jest)).toEqual(PASSED);
    expect(jest.stderr).toMatch(/Tests: +1 passed/);
  });

  it('brings an image that lacks, and says what it does', async () => {
    // What is made of other files is another image.
    own.edit('harness/images/front/Dockerfile', `# ${own.project}\n`);
    const setup = await own.npx('rollproof', 'setup', '--json');
    expect(passed(setup)).toEqual(PASSED);
    expect(setup.stderr).toMatch(/^setup: front: building$/m);
    const { front, helper } = JSON.parse(setup.stdout) as Supply;
    await using _built = { [Symbol.asyncDispose]: () => untagImage(front?.image ?? '') };
    expect(await inspectImage(front?.image ?? '')).toMatchObject({ id: front?.id });
    expect(helper).toEqual(readSupply()['helper']);
  });

  it('has types that a strict compiler takes', async () => {
    const flags = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2023,esnext.disposable',
    ];
    const files = ['rollproof.config.ts', 'good.scenario.ts'];
    const args = [resolve('node_modules/typescript/bin/tsc'), ...flags, ...files];
    const { exitCode, stdout, stderr } = await captureCommand({ command: process.execPath, args, cwd: own.directory });
    expect(passed({ exitCode, stdout, stderr })).toEqual(PASSED);
  });
});
