import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-supply-'));
const { PATH } = process.env;

/** A `docker`, or another command, that runs this shell script. */
function fakeDocker(script: string, name = 'docker'): string {
  const file = join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Logs go to the test's folder; nobody is root, so that no base image can be made. */
jest.doMock('./paths.js', () => ({
  ROOT: directory,
  STATE: directory,
  SETUP: directory,
  shown: (file: string) => file,
}));
jest.doMock('./engine.js', () => ({ readHost: () => ({ isRoot: false, platform: 'linux' }) }));
jest.doMock('./manifest.js', () => ({ BASE: 'rollproof/base:trixie', COMPONENTS: [], OWN: [] }));
const isRegistryReachable = jest.fn<(reference: string) => Promise<boolean>>();
const { pullName } = jest.requireActual<{ pullName: (official: string, registry?: string) => string }>('./registry.js');
jest.doMock('./registry.js', () => ({ isRegistryReachable, pullName }));

const said: string[] = [];
const progress = {
  expect: () => undefined,
  start: () => undefined,
  step: () => undefined,
  line: (text: string) => void said.push(text),
  done: (name: string, note: string) => void said.push(`${name}: ${note}`),
};

beforeEach(() => {
  said.length = 0;
  process.env['PATH'] = `${directory}${delimiter}${PATH}`;
});
afterEach(() => {
  process.env['PATH'] = PATH;
});

describe('probeEngine', () => {
  const { probeEngine } = jest.requireActual<{ probeEngine: () => Promise<object> }>('./engine.js');

  it.each([
    ['the distribution’s own', true, 'echo "docker.io: /usr/sbin/dockerd"'],
    ['another package’s', false, 'echo "docker-ce: /usr/bin/dockerd"'],
    ['nobody’s beside the distribution’s', false, 'echo "docker.io: /usr/sbin/dockerd"; exit 1'],
  ])('tells whose dockerd is there: %s', async (_name, isPackaged, script) => {
    fakeDocker('exit 1');
    fakeDocker(script, 'dpkg-query');
    expect(await probeEngine()).toMatchObject({ hasClient: true, isPackaged });
  });
});

describe('isRegistryReachable', () => {
  const { isRegistryReachable: ask } = jest.requireActual<{
    isRegistryReachable: (reference: string, options: { command: string; limitMs?: number }) => Promise<boolean>;
  }>('./registry.js');
  const HANG = 'exec sleep 30';

  it.each([
    ['pulls', 'echo "24: Pulling from library/node"'],
    ['does not have the image', 'echo "manifest for node:99 not found: manifest unknown" >&2'],
    ['gives nothing more for now', 'echo "Error response from daemon: toomanyrequests: rate limit" >&2'],
  ])('believes a registry that %s, at once', async (_name, script) => {
    const command = fakeDocker(`${script}; ${HANG}`);
    expect(await ask('node:24', { command, limitMs: 20_000 })).toBe(true);
  });

  it('gives up when nothing answers within the limit', async () => {
    expect(await ask('node:24', { command: fakeDocker(HANG), limitMs: 100 })).toBe(false);
  });

  it('takes a failure that no registry wrote for none', async () => {
    const command = fakeDocker('echo "dial tcp: lookup registry-1.docker.io: no such host" >&2; exit 1');
    expect(await ask('node:24', { command })).toBe(false);
  });
});

describe('pullName', () => {
  it('is the official name where no registry is named', () => {
    expect(pullName('node:24', '')).toBe('node:24');
    expect(pullName('prom/prometheus:v2', undefined)).toBe('prom/prometheus:v2');
  });

  it('has the address of a company’s mirror before it, and the folder that Docker Hub keeps official images in', () => {
    expect(pullName('node:24', 'mirror.example.com:5000')).toBe('mirror.example.com:5000/library/node:24');
    expect(pullName('prom/prometheus:v2', '10.0.0.5:5000')).toBe('10.0.0.5:5000/prom/prometheus:v2');
  });
});

describe('supplyComponents', () => {
  const { supplyComponents } = jest.requireActual<{ supplyComponents: (input: object) => Promise<unknown> }>(
    './images.js',
  );
  const components = [{ name: 'jaeger', official: 'jaeger:2', mirror: 'rollproof/jaeger:2', hash: 'aaa' }];
  const supply = (): Promise<unknown> => supplyComponents({ components, recorded: {}, builder: 'default', progress });

  it('says why a pull failed, and says so again when building instead fails', async () => {
    isRegistryReachable.mockResolvedValue(true);
    fakeDocker('[ "$1" = pull ] || exit 0; echo Pulling; echo "toomanyrequests: rate limit" >&2; exit 1');
    const failure = `pulling jaeger:2 failed: toomanyrequests: rate limit (log: ${directory}/jaeger-pull.log)`;
    await expect(supply()).rejects.toMatchObject({
      message: `building the base image without a registry needs root\n  built because ${failure}`,
      hint: expect.stringContaining('run once as root'),
    });
    expect(said).toContain(`jaeger: ${failure}; it is built instead`);
  });

  it('pulls from a company’s mirror, and gives the image its official name', async () => {
    process.env['ROLLPROOF_REGISTRY'] = 'mirror.example.com:5000';
    isRegistryReachable.mockResolvedValue(true);
    const calls = join(directory, 'calls');
    fakeDocker(
      `echo "$@" >>'${calls}'; [ -e '${calls}.done' ] && echo 'jaeger:2 sha256:1'; [ "$1" = tag ] && >'${calls}.done'; exit 0`,
    );
    try {
      const { found } = (await supply()) as { found: object[] };
      expect(found).toEqual([{ name: 'jaeger', image: 'jaeger:2', id: 'sha256:1', source: 'registry' }]);
    } finally {
      delete process.env['ROLLPROOF_REGISTRY'];
    }
    expect(isRegistryReachable).toHaveBeenLastCalledWith('mirror.example.com:5000/library/jaeger:2');
    expect(readFileSync(calls, 'utf8')).toContain(
      'pull mirror.example.com:5000/library/jaeger:2\ntag mirror.example.com:5000/library/jaeger:2 jaeger:2\n',
    );
  });

  it('blames an unreachable registry where none answered', async () => {
    isRegistryReachable.mockResolvedValue(false);
    fakeDocker('exit 0');
    await expect(supply()).rejects.toThrow(/needs root\n {2}built because no image registry is reachable$/);
  });
});

describe('buildImage', () => {
  type BuildModule = { buildImage: (job: object) => Promise<void> };
  const { buildImage } = jest.requireActual<BuildModule>('./build.js');

  /** The arguments of a build on a host with this environment, where of all CA bundles only `bundle` is there. */
  async function argumentsOn(bundle: string | undefined, env: Record<string, string>): Promise<string[]> {
    const { SSL_CERT_FILE: _file, NODE_EXTRA_CA_CERTS: _extra, ...rest } = process.env;
    const real = jest.replaceProperty(process, 'env', { ...rest, ...env });
    const files = { ...jest.requireActual<object>('node:fs'), existsSync: (file: string) => file === bundle };
    jest.doMock('node:fs', () => files);
    let fresh: BuildModule | undefined;
    jest.isolateModules(() => (fresh = jest.requireActual<BuildModule>('./build.js')));
    jest.dontMock('node:fs');
    const argumentsFile = join(directory, 'arguments');
    fakeDocker(`printf '%s\\n' "$@" >'${argumentsFile}'`);
    const job = { name: 'bank', directory: '/context', tags: ['shop/bank'], args: { DEFECT: 'good' } };
    await fresh?.buildImage({ ...job, builder: 'default', progress }).finally(() => real.restore());
    return readFileSync(argumentsFile, 'utf8').trimEnd().split('\n');
  }

  it.each([
    ['SSL_CERT_FILE', '/host/ca.pem', { SSL_CERT_FILE: '/host/ca.pem' }],
    ['NODE_EXTRA_CA_CERTS', '/host/ca.pem', { SSL_CERT_FILE: '/host/gone.pem', NODE_EXTRA_CA_CERTS: '/host/ca.pem' }],
    ['the system', '/etc/ssl/certs/ca-certificates.crt', {}],
  ])('gives a build the CA bundle of %s as a secret, never as a build argument', async (_name, bundle, env) => {
    const args = await argumentsOn(bundle, env);
    expect(args.slice(args.indexOf('--secret'))).toEqual(['--secret', `id=ca,src=${bundle}`, '/context']);
    const buildArguments = args.filter((_, index) => args[index - 1] === '--build-arg');
    expect(buildArguments).toContain('DEFECT=good');
    expect(buildArguments.join()).not.toMatch(/ca\b|cert|\.pem/i);
  });

  it('gives a build no secret on a host without a CA bundle', async () => {
    const args = await argumentsOn(undefined, { SSL_CERT_FILE: '/host/gone.pem' });
    expect(args).toEqual(expect.arrayContaining(['build', '--build-arg', 'DEFECT=good', '/context']));
    expect(args.filter((argument) => /secret|\.pem/.test(argument))).toEqual([]);
  });

  it('names the image, the step and the log of a build that fails, and ends with its last lines', async () => {
    fakeDocker('echo "#8 [build 3/6] COPY . ."; echo "#9 [build 4/6] RUN make"; echo "#9 1.2 no rule"; exit 1');
    const job = { name: 'shop/bank:good', directory, tags: ['shop/bank:good'], builder: 'default', progress };
    await expect(buildImage(job)).rejects.toMatchObject({
      name: 'CannotRun',
      message: `image shop/bank:good failed at step: [build 4/6] RUN make\n  log: ${directory}/shop-bank-good.log`,
      hint: expect.stringContaining('#9 1.2 no rule'),
    });
  });
});
