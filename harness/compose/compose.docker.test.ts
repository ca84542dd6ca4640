import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { monotonicMs, sleep } from '../core/clock';
import { engine } from '../docker/client';
import { listContainers } from '../docker/containers';
import { testProject } from '../docker/testing/test-projects';
import { LABEL } from '../docker/labels';
import { instrument } from './instrument';
import { parseProject } from './parse';
import { ComposeProject } from './project';
import { readSupply, supplied } from '../docker/supply';

const IMAGE = supplied(readSupply(), 'node');

jest.setTimeout(60_000);

let directory: string;
let name: string;
let project: ComposeProject;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'compose-test-'));
  name = testProject('rp-compose-test');
  project = new ComposeProject({ project: name, stateDir: join(directory, 'state') });
});

afterEach(async () => {
  if (existsSync(project.path)) await project.down({ volumes: true, graceMs: 1_000 });
  rmSync(directory, { recursive: true, force: true });
});

function userFile(yaml: string): string {
  const path = join(directory, 'compose.yaml');
  writeFileSync(path, yaml);
  return path;
}

async function written(yaml: string, publish: 'ephemeral' | 'fixed' = 'ephemeral'): Promise<void> {
  const model = await parseProject({ files: [userFile(yaml)], projectName: name, env: { TOKEN: 'geheim' } });
  project.write(instrument({ model, project: name, managed: {}, revisions: [], frontImage: 'none', publish }));
}

const SLEEPER = `
services:
  sleeper:
    image: ${IMAGE}
    entrypoint: [node, -e, "console.log('costs 5 $$'); setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0))"]
    environment: { TOKEN: '\${TOKEN}' }
    volumes: [data:/data]
volumes: { data: { name: precious-data-of-the-user } }
`;

describe('compose project', () => {
  it('says what compose says about a file that does not parse', async () => {
    const parsing = parseProject({ files: [userFile('services:\n  a: { imaje: x }\n')], projectName: name });
    await expect(parsing).rejects.toMatchObject({ code: 'compose-invalid' });
    await expect(parsing).rejects.toThrow(/imaje/);
  });

  it('starts, keeps evidence without secrets, and leaves nothing', async () => {
    await written(SLEEPER);
    expect(statSync(project.path).mode & 0o777).toBe(0o600);
    const steps: string[] = [];
    await project.up({ onProgress: (progress) => steps.push(`${progress.name} ${progress.status}`) });
    expect(steps).toContain(`${name}-sleeper-1 started`);
    expect(await listContainers({ project: name })).toMatchObject([
      { service: 'sleeper', role: 'plain', state: 'running' },
    ]);

    const evidence = join(directory, 'evidence');
    await project.captureEvidence(evidence);
    const texts = readdirSync(evidence).map((file) => readFileSync(join(evidence, file), 'utf8'));
    expect(texts.join('\n')).toContain('costs 5 $');
    expect(texts.join('\n')).toContain('TOKEN=[redacted]');
    expect(texts.join('\n')).not.toContain('geheim');

    await project.down({ volumes: true, graceMs: 2_000 });
    const label = [`${LABEL.project}=${name}`];
    expect(await engine().listContainers({ all: true, filters: { label } })).toEqual([]);
    expect(await engine().listNetworks({ filters: { label } })).toEqual([]);
    expect((await engine().listVolumes({ filters: { label } })).Volumes).toEqual([]);
  });

  it('takes a job that ended well for ready', async () => {
    await written(`services: { job: { image: "${IMAGE}", entrypoint: [node, -e, "1"] } }`);
    await expect(project.up({ timeoutMs: 60_000 })).resolves.toBeUndefined();
  });

  it('gives up a revision that ended, also when it ended well', async () => {
    const labels = { [LABEL.project]: name, [LABEL.role]: 'revision' };
    project.write({ name, services: { job: { image: IMAGE, entrypoint: ['node', '-e', '1'], labels } } });
    await expect(project.up({ timeoutMs: 60_000 })).rejects.toThrow(/job-1 is exited with exit code 0/);
  });

  it('names the container that failed, with its last words, and keeps it', async () => {
    await written(
      `services: { bad: { image: "${IMAGE}", entrypoint: [node, -e, "console.log('PORT is missing'); process.exit(3)"] } }`,
    );
    const starting = project.up({ timeoutMs: 60_000 });
    await expect(starting).rejects.toMatchObject({ code: 'compose-up-failed' });
    await expect(starting).rejects.toThrow(/bad-1 is exited with exit code 3\n\s+PORT is missing/);
    expect(await listContainers({ project: name })).toHaveLength(1);
  });

  it('tells a program that cannot be run from an Engine that does not start anything', async () => {
    const service = { image: IMAGE, pull_policy: 'never', labels: { [LABEL.project]: name } };
    for (const fault of [{ entrypoint: ['no-such-program'] }, { user: 'nobody-knows' }]) {
      project.write({ name, services: { bad: { ...service, ...fault } } });
      await expect(project.up()).rejects.toMatchObject({ code: 'compose-up-failed' });
      await project.down({ volumes: true });
    }
    project.write({ name, services: { bad: { ...service, devices: ['/dev/no-such-device:/dev/none'] } } });
    await expect(project.up()).rejects.toMatchObject({ code: 'containers-not-started' });
  });

  it('says which image does not exist', async () => {
    await written('services: { a: { image: "rollproof/no-such-image:1", pull_policy: never } }');
    await expect(project.up()).rejects.toThrow(/no-such-image/);
  });

  it('names a port that is in use, and who holds it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await written(`services: { a: { image: "${IMAGE}", command: [sleep, "60"], ports: ["${port}:80"] } }`, 'fixed');
    const starting = project.up();
    await expect(starting).rejects.toMatchObject({ code: 'port-in-use', facts: { port } });
    await new Promise((resolve) => server.close(resolve));
  });

  it('ends at once when it is aborted', async () => {
    await written(
      `services: { slow: { image: "${IMAGE}", entrypoint: [sleep, "60"], healthcheck: { test: ["CMD", "false"], interval: 30s } } }`,
    );
    const abort = new AbortController();
    const startedMs = monotonicMs();
    const starting = project.up({ signal: abort.signal });
    await Promise.race([starting.catch(() => undefined), sleep(1_500)]);
    abort.abort(new Error('interrupted'));
    await expect(starting).rejects.toThrow('interrupted');
    expect(monotonicMs() - startedMs).toBeLessThan(30_000);
  });
});
