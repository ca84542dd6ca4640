import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { definitionOf } from '../compose/definition';
import { instrument } from '../compose/instrument';
import type { ComposeModel } from '../compose/model';
import { fillVolumes } from '../compose/mounts/copied-volumes';
import { groundOf } from '../compose/mounts/ground';
import { runWork } from '../compose/mounts/helper';
import { lookAfar } from '../compose/mounts/look-afar';
import { planMounts } from '../compose/mounts/plan';
import { prepareMounts } from '../compose/mounts/prepare';
import type { MountRecord } from '../compose/mounts/record';
import { parseProject } from '../compose/parse';
import { ComposeProject } from '../compose/project';
import type { LoadedConfig } from '../contract/config-file';
import { revisionImage } from '../core/image-names';
import { engine } from '../docker/client';
import { listContainers } from '../docker/containers';
import { execOnce } from '../docker/exec';
import { tagImage } from '../docker/images';
import { readSupply, supplied } from '../docker/supply';
import { ensureVolume } from '../docker/volumes';
import { testProject } from '../docker/testing/test-projects';
import { lookAtMounts, makeMounts, mountingIn } from './stack-mounts';

const IMAGE = supplied(readSupply(), 'node');
const HELPER = supplied(readSupply(), 'helper');

jest.setTimeout(60_000);

let directory: string;
let project: string;
let compose: ComposeProject;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mounts-test-'));
  project = testProject('rp-mounts-test');
  compose = new ComposeProject({ project, stateDir: join(directory, 'state') });
  plantTree(join(directory, 'tree'));
  writeFileSync(join(directory, 'app.conf'), 'colour=blue\n', { mode: 0o640 });
  own(join(directory, 'app.conf'));
});

afterEach(async () => {
  await compose.down({ volumes: true, graceMs: 1_000 });
  rmSync(directory, { recursive: true, force: true });
});

/** Files of somebody else's, where we may make such. */
function own(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, 1234, 4321);
}

function plantTree(tree: string): void {
  for (const folder of ['data/deep', 'src', 'locked']) mkdirSync(join(tree, folder), { recursive: true });
  writeFileSync(join(tree, 'src/index.js'), 'first\n');
  writeFileSync(join(tree, 'data/rows.txt'), 'one\n', { mode: 0o600 });
  writeFileSync(join(tree, 'data/deep/old.txt'), 'old\n');
  linkSync(join(tree, 'src/index.js'), join(tree, 'src/twin.js'));
  symlinkSync('src/index.js', join(tree, 'main.js'));
  for (const path of ['data/rows.txt', 'data', '.']) own(join(tree, path));
  chmodSync(join(tree, 'locked'), 0o500);
  for (const path of ['src/index.js', 'data/rows.txt', 'data/deep', 'data', 'src', '.']) {
    utimesSync(join(tree, path), 1_700_000_000, 1_700_000_000);
  }
}

/** Everything that a person could see of their files: content, mode, owner, time, links, and which file it is. */
function hashOfTree(): string {
  const paths = readdirSync(directory, { recursive: true }).map(String);
  const users = paths.filter((path) => !path.startsWith('state')).sort();
  const seen = users.map((path) => {
    const { mode, uid, gid, mtimeMs, nlink, ino, size } = lstatSync(join(directory, path));
    const content = (mode & 0o170000) === 0o100000 ? readFileSync(join(directory, path), 'base64') : '';
    return { path, mode, uid, gid, mtimeMs, nlink, ino, size: content === '' ? 0 : size, content };
  });
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex');
}

const STACK = `
services:
  app:
    image: ${IMAGE}
    init: true
    entrypoint: [sleep, "600"]
    volumes: [./tree:/app, ./tree/data:/data, ./tree/new:/new, ./app.conf:/etc/app.conf]
  reader:
    image: ${IMAGE}
    init: true
    entrypoint: [sleep, "600"]
    volumes: [./tree:/app:ro, ./tree/src/index.js:/index.js, ./app.conf:/etc/app.conf:ro, ./nothing:/nothing]
`;

async function modelOf(): Promise<ComposeModel> {
  writeFileSync(join(directory, 'compose.yaml'), STACK);
  return parseProject({ files: [join(directory, 'compose.yaml')], projectName: project });
}

function loaded(): LoadedConfig {
  return { config: {}, directory, project, stateDirectory: join(directory, 'state') } as unknown as LoadedConfig;
}

function render(model: ComposeModel, record: MountRecord, numbers: readonly number[]): ComposeModel {
  return instrument({
    ...{ model, project, managed: {}, workers: { app: { kind: 'worker' } }, mounts: planMounts(record) },
    revisions: numbers.map((number) => {
      return { service: 'app', number, label: `app-r${number}`, definition: definitionOf(model, 'app') };
    }),
    ...{ frontImage: 'none', publish: 'ephemeral' },
  });
}

/** Runs a program of Node in a container of a service. */
async function inside(service: string, program: string): Promise<string> {
  const [container] = await listContainers({ project, service });
  const code = `const fs = require('node:fs'); const text = (path) => fs.readFileSync(path, 'utf8'); ${program}`;
  const { stdout, stderr, exitCode } = await execOnce(container?.id ?? '', ['node', '-e', code], { user: '0' });
  if (exitCode !== 0) throw new Error(`${service}: ${stderr}`);
  return stdout.trim();
}

const WRITES = `
fs.appendFileSync('/app/src/index.js', 'second\\n');
fs.rmSync('/app/data/deep/old.txt');
fs.chmodSync('/app/data/rows.txt', 0o777);
fs.chownSync('/app/src', 99, 99);
fs.renameSync('/app/data/deep', '/app/data/deeper');
fs.linkSync('/app/data/rows.txt', '/app/data/link.txt');
fs.writeFileSync('/data/made.txt', 'made');
fs.writeFileSync('/new/made.txt', 'new');
fs.writeFileSync('/etc/app.conf', 'colour=red\\n');
fs.chmodSync('/etc/app.conf', 0o666);
`;

const SEES = `
console.log(JSON.stringify({
  twin: text('/app/src/twin.js'),
  main: text('/app/main.js'),
  index: text('/index.js'),
  data: fs.readdirSync('/app/data').sort(),
  made: text('/app/data/made.txt') + text('/app/new/made.txt'),
  conf: text('/etc/app.conf') + (fs.statSync('/etc/app.conf').mode & 0o777).toString(8),
  owner: fs.statSync('/app/data').uid + ' ' + fs.statSync('/app').uid,
  nothing: fs.readdirSync('/nothing').length,
}));
`;

/** What a stack of two services writes and sees, as it would on the machine itself; the user's files stay as they are. */
async function worksAsOnTheMachine(record: (model: ComposeModel) => Promise<MountRecord>): Promise<MountRecord> {
  const model = await modelOf();
  const before = hashOfTree();
  await tagImage(IMAGE, revisionImage(project, 'app', 1));
  await tagImage(IMAGE, revisionImage(project, 'app', 2));
  const known = await record(model);
  compose.write(render(model, known, [1]));
  await compose.up({ timeoutMs: 30_000 });
  await inside('app-r1', WRITES);
  const uid = process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 0);
  expect(JSON.parse(await inside('reader', SEES))).toEqual({
    ...{ twin: 'first\nsecond\n', main: 'first\nsecond\n', index: 'first\nsecond\n' },
    data: ['deeper', 'link.txt', 'made.txt', 'rows.txt'],
    ...{ made: 'madenew', conf: 'colour=red\n666', owner: `${uid} ${uid}`, nothing: 0 },
  });
  await inside('reader', `fs.appendFileSync('/index.js', 'third\\n'); fs.writeFileSync('/nothing/x', '')`);

  compose.write(render(model, await record(model), [1, 2]));
  await compose.up({ timeoutMs: 30_000, services: ['app-r2'], noDeps: true });
  await inside('app-r2', `fs.writeFileSync('/data/of-2.txt', text('/app/src/twin.js'))`);
  expect(await inside('app-r1', `console.log(text('/app/data/of-2.txt'))`)).toBe('first\nsecond\nthird');

  expect(hashOfTree()).toBe(before);
  await compose.down({ volumes: true, graceMs: 1_000 });
  expect(hashOfTree()).toBe(before);
  const { Volumes: volumes } = await engine().listVolumes();
  expect(volumes.map(({ Name: name }) => name).filter((name) => name.startsWith(project))).toEqual([]);
  return known;
}

it('lays a layer over what services write: they see one another, and the files of the user stay as they are', async () => {
  const record = await worksAsOnTheMachine((model) =>
    makeMounts({ ...{ loaded: loaded(), helperImage: HELPER, model }, revisions: [] }),
  );
  expect(
    planMounts(record)
      .layers.map(({ how }) => how)
      .sort(),
  ).toEqual(['copy', 'empty', 'overlay']);
});

it('copies where no layer can be had, and all is the same', async () => {
  const record = await worksAsOnTheMachine((model) =>
    prepareMounts(lookAtMounts(loaded(), mountingIn(model)), {
      ...{ project, helperImage: HELPER, noOverlay: 'a test says so' },
    }),
  );
  expect(
    planMounts(record)
      .layers.map(({ how }) => how)
      .sort(),
  ).toEqual(['copy', 'copy', 'empty']);
});

it('fills a volume of ours from the user’s, and says how much that was', async () => {
  const from = `${project}-of-the-user`;
  const ground = { project, helperImage: HELPER };
  await expect(fillVolumes({ ...ground, volumes: { db: from } })).rejects.toMatchObject({ code: 'unknown-volume' });
  await ensureVolume(project, from);
  await runWork({ script: 'echo kept > /layer/row && chown 77:78 /layer/row', layer: from }, ground);
  const said = await fillVolumes({ ...ground, volumes: { db: from } });
  expect(said).toEqual([expect.stringMatching(/^volume db is a copy of .*-of-the-user, \d+ KiB$/)]);
  const ours = { script: 'cat /from/row; stat -c %u:%g /from/row; echo more >> /layer/row', layer: `${project}_db` };
  const { lines } = await runWork({ ...ours, from: { volume: `${project}_db` } }, ground);
  expect(lines).toEqual(['kept', '77:78']);
  expect((await runWork({ script: 'cat /from/row', from: { volume: from } }, ground)).lines).toEqual(['kept']);
  const small = fillVolumes({ ...ground, volumes: { db: from }, copyLimitBytes: 1_000 });
  await expect(small).rejects.toMatchObject({ code: 'mount-too-large' });
});

it('sees through the Engine what lies on a machine that is not this one', async () => {
  const path = join(directory, 'run/app.sock');
  mkdirSync(join(directory, 'run'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const afar = ['tree', 'app.conf', 'none', 'run', 'run/app.sock'].map((name) => join(directory, name));
  const nothing = { fs: '', sockets: [], live: [], mounts: [] };
  const looks = afar.map((real) => [real, { ...nothing, real, kind: 'unknown' as const }] as const);
  const ground = { project, helperImage: HELPER };
  await groundOf(project);
  const seen = await lookAfar({ wanted: [], looks: Object.fromEntries(looks) }, ground);
  await new Promise((resolve) => server.close(resolve));
  const kinds = afar.map((real) => seen.looks[real]?.kind);
  expect(kinds).toEqual(['folder', 'file', 'missing', 'folder', 'socket']);
  expect(seen.looks[join(directory, 'run')]?.sockets).toEqual([path]);
});

it('refuses to copy more than it may, and says how much there is', async () => {
  const copying = prepareMounts(lookAtMounts(loaded(), mountingIn(await modelOf())), {
    ...{ project, helperImage: HELPER, noOverlay: 'a test says so', copyLimitBytes: 16_384 },
  });
  await expect(copying).rejects.toMatchObject({
    code: 'mount-too-large',
    message: expect.stringMatching(/tree has \d+ KiB, and a copy may have 16 KiB; .* since a test says so/),
  });
});
