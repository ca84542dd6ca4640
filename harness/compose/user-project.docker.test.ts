import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inspectImage, untagImage } from '../docker/images';
import { execOnce } from '../docker/exec';
import { listContainers } from '../docker/containers';
import { readSupply, supplied } from '../docker/supply';
import { testProject } from '../docker/testing/test-projects';
import { definitionOf } from './definition';
import { instrument } from './instrument';
import { parseProject } from './parse';
import { ComposeProject } from './project';
import { provideImages } from './provide-images';

const IMAGE = supplied(readSupply(), 'node');

jest.setTimeout(120_000);

let directory: string;
let name: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'user-project-'));
  name = testProject('rp-user-project');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

const user = (files: readonly string[] = ['compose.yaml'], env: Readonly<Record<string, string>> = {}) => ({
  ...{ files: files.map((file) => join(directory, file)), projectName: name, directory, env },
});

describe('the user’s files, read as Compose reads them', () => {
  it('reads `.env`, Windows line ends and dollar signs, and lets our own variables win', async () => {
    write({
      '.env': "FROM_FILE=file\r\nBOTH=file\r\nDOLLAR='a$b'\r\n",
      'compose.yaml':
        'services:\r\n  web:\r\n    image: w\r\n    environment: { A: "${FROM_FILE}", B: "${BOTH}", C: "${DOLLAR}", D: "5$$", P: "${COMPOSE_PROJECT_NAME}" }\r\n',
    });
    const { services } = await parseProject(user(['compose.yaml'], { BOTH: 'ours', COMPOSE_PROJECT_NAME: 'theirs' }));
    expect(services['web']?.environment).toEqual({ A: 'file', B: 'ours', C: 'a$$b', D: '5$$', P: name });
  });

  it('reads env_file, include, extends and overrides that take away', async () => {
    write({
      'own.env': 'FROM=env_file\r\n',
      'base.yaml': 'services:\n  base: { image: b, command: [base], environment: { BASE: "1" } }\n',
      'part/compose.yaml': 'services:\n  part: { image: p, volumes: ["./data:/data:ro"] }\n',
      'compose.yaml':
        'include: [part/compose.yaml]\nservices:\n  web:\n    extends: { file: base.yaml, service: base }\n    env_file: [own.env, { path: none.env, required: false }]\n    ports: ["80:80"]\n',
      'override.yaml': 'services:\n  web:\n    ports: !reset []\n    command: !override [over]\n',
    });
    const { services } = await parseProject(user(['compose.yaml', 'override.yaml']));
    expect(services['web']).toMatchObject({
      image: 'b',
      command: ['over'],
      environment: { BASE: '1', FROM: 'env_file' },
    });
    expect(services['web']).not.toHaveProperty('ports');
    expect(services['web']).not.toHaveProperty('env_file');
    expect(services['part']).toMatchObject({ volumes: [{ source: join(directory, 'part/data') }] });
  });

  it('obeys COMPOSE_PROFILES and COMPOSE_ENV_FILES, of `.env` too; `-f` wins over COMPOSE_FILE', async () => {
    write({
      'other.env': 'X=other\n',
      'compose.yaml':
        'services:\n  web: { image: "w:${X-none}", depends_on: { debug: { condition: service_started, required: false } } }\n  debug: { image: d, profiles: [debug] }\n',
    });
    const bare = await parseProject(user());
    expect(Object.keys(bare.services)).toEqual(['web']);
    const env = { COMPOSE_PROFILES: 'debug', COMPOSE_ENV_FILES: 'other.env', COMPOSE_FILE: 'nowhere.yaml' };
    const { services } = await parseProject(user(['compose.yaml'], env));
    expect(Object.keys(services).sort()).toEqual(['debug', 'web']);
    expect(services['web']?.image).toBe('w:other');
    write({ '.env': 'COMPOSE_PROFILES=debug\n' });
    expect(Object.keys((await parseProject(user())).services)).toContain('debug');
  });

  it('refuses a secret from a variable that is not set before anything runs', async () => {
    write({
      'compose.yaml':
        'services:\n  web: { image: w, secrets: [pw] }\nsecrets: { pw: { environment: NOBODY_SETS_IT } }\n',
    });
    await expect(parseProject(user())).rejects.toThrow(
      'secret pw, which web uses, is taken from the variable NOBODY_SETS_IT',
    );
  });
});

describe('images', () => {
  const BUILT = [
    'services:',
    '  web:',
    '    build:',
    '      context: .',
    '      target: last',
    '      args: { WORD: "${WORD-none}" }',
    '      additional_contexts: { other: ./other }',
    '      secrets: [token]',
    '      dockerfile_inline: |',
    `        FROM ${IMAGE} AS last`,
    '        ARG WORD',
    '        COPY --from=other given /given',
    '        RUN --mount=type=secret,id=token echo "$$WORD $$(cat /run/secrets/token)" > /said',
    '        FROM last AS never',
    '        RUN false',
    '    entrypoint: [node, -e, "setInterval(() => {}, 1000)"]',
    '    init: true',
    '    secrets: [{ source: token, mode: 0400 }]',
    'secrets: { token: { environment: TOKEN } }',
  ].join('\n');

  it('are built by Compose from the user’s files, and a revision runs with the secret of `.env` whatever becomes of that', async () => {
    write({ '.env': "WORD=hello\nTOKEN='ge$heim'\n", 'other/given': 'given', 'compose.yaml': BUILT });
    const model = await parseProject(user());
    expect(model.services['web']?.image).toBe(`${name}-web`);
    const said: string[] = [];
    await provideImages(user(), model, { onStep: (message) => said.push(message) });
    expect(said).toEqual(['building web']);
    const found = await inspectImage(`${name}-web`);
    const project = new ComposeProject({ project: name, stateDir: join(directory, 'state') });
    try {
      const own = { project: name, managed: {}, workers: { web: { kind: 'worker' as const } }, frontImage: 'none' };
      const revisions = [{ service: 'web', number: 1, label: 'web-r1', definition: definitionOf(model, 'web') }];
      const made = instrument({ ...own, model, revisions, publish: 'ephemeral' });
      const first = made.services['web-r1'] ?? {};
      project.write({ ...made, services: { ...made.services, 'web-r1': { ...first, image: found?.id ?? '' } } });
      rmSync(join(directory, '.env'));
      await project.up();
      const [container] = await listContainers({ project: name });
      const { stdout } = await execOnce(container?.id ?? '', ['cat', '/said', '/given', '/run/secrets/token']);
      expect(stdout).toBe('hello ge$heim\ngivenge$heim');
      expect(readFileSync(join(directory, 'compose.yaml'), 'utf8')).toBe(BUILT);
    } finally {
      await project.down({ volumes: true, graceMs: 1_000 });
      await untagImage(`${name}-web`);
    }
  });

  it('that cannot be built or had are told with the service and what was answered', async () => {
    write({
      'compose.yaml': [
        'services:',
        '  web:',
        '    build:',
        '      context: .',
        '      dockerfile_inline: |',
        `        FROM ${IMAGE}`,
        '        RUN echo it broke here && false',
      ].join('\n'),
    });
    const providing = provideImages(user(), await parseProject(user()), {});
    await expect(providing).rejects.toMatchObject({ code: 'image-not-built', facts: { services: ['web'] } });
    await expect(providing).rejects.toThrow(/it broke here/);
    const none = provideImages(user(), await parseProject(user()), { build: 'never' });
    await expect(none).rejects.toMatchObject({ code: 'image-not-found' });

    write({ 'compose.yaml': 'services:\n  store: { image: "127.0.0.1:1/nobody/store:1" }\n' });
    const pulling = provideImages(user(), await parseProject(user()), {});
    await expect(pulling).rejects.toMatchObject({ code: 'image-not-pulled', facts: { service: 'store' } });
    await expect(pulling).rejects.toThrow(/service store wants 127\.0\.0\.1:1\/nobody\/store:1.*refused/);
  });
});
