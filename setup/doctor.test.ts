import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';

interface Check {
  readonly id: string;
  readonly ok: boolean | null;
  readonly detail: string;
  readonly without?: string;
  readonly hint?: string;
}
const { checkEngine, checkImages, groupImages } = jest.requireActual<{
  checkEngine: (probe: object, decision: object) => Check[];
  checkImages: (recorded: object, present: ReadonlyMap<string, string>) => Check[];
  groupImages: (checks: readonly Check[]) => Check[];
}>('./doctor.js');
const { checkCgroup, checkDisk, checkPorts } = jest.requireActual<{
  checkCgroup: (info: object) => Check;
  checkDisk: (directory: string, files?: object) => Check;
  checkPorts: (ports: Record<string, number>) => Promise<Check>;
}>('./doctor-host.js');
interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const { checkKernel } = jest.requireActual<{
  checkKernel: (
    helperImage?: string,
    run?: (command: string, words: readonly string[]) => Promise<Answer>,
  ) => Promise<Check[]>;
}>('./doctor-kernel.js');

const engine: Check = { id: 'engine', ok: true, detail: '26.1.5' };
const memory: Check = { id: 'memory', ok: true, detail: '8 GiB' };

it('tells a fresh clone in one line that its images are missing, and keeps each of them for programs', () => {
  const images = checkImages({}, new Map());
  expect(images.length).toBeGreaterThan(5);
  const names = images.map(({ id }) => id.replace('image ', '')).join(', ');
  expect(groupImages([engine, ...images, memory])).toEqual([
    engine,
    expect.objectContaining({
      id: 'images',
      ok: false,
      detail: `${images.length} of ${images.length} missing: ${names}; \`npm run setup\` builds them`,
      without: 'everything',
    }),
    memory,
  ]);
});

it('leaves images that are there a line each', () => {
  const recorded = { front: { image: 'rollproof/front', id: 'sha256:1', source: 'mirror-build' } };
  const images = checkImages(recorded, new Map([['rollproof/front', 'sha256:1']]));
  const present = images.filter(({ ok }) => ok);
  expect(present).toHaveLength(1);
  expect(groupImages(present)).toEqual(present);
  expect(groupImages(images).filter(({ ok }) => ok)).toEqual(present);
});

it('believes an Engine, a Compose and a buildx that are there and new enough', () => {
  const checks = checkEngine({ engine: '26.1.5+dfsg1', compose: '2.26.1-4', buildx: '0.13.1' }, { action: 'use' });
  expect(checks.map(({ id, ok }) => [id, ok])).toEqual([
    ['engine', true],
    ['compose', true],
    ['buildx', true],
  ]);
});

it('says of an Engine above 28 that it is untried, and of no other', () => {
  const detail = (engine: string) =>
    checkEngine({ engine, compose: '2.26.1', buildx: '0.13.1' }, { action: 'use' })[0]?.detail;
  expect(detail('29.0.1')).toBe('29.0.1 (needed: 25.0 or newer; untried: nothing newer than 28 was at hand)');
  expect(detail('28.5.2')).toBe('28.5.2 (needed: 25.0 or newer)');
});

it('counts an Engine that is too old and a plugin that is not there as lacks, and passes the hint on', () => {
  const decision = { action: 'stop', reason: 'Docker Engine 20.10.24 found', hint: 'Install a newer one.' };
  expect(checkEngine({ engine: '20.10.24', compose: '2.26.1' }, decision)).toMatchObject([
    { id: 'engine', ok: false, detail: '20.10.24 (needed: 25.0 or newer)', without: 'everything' },
    { id: 'compose', ok: true },
    { id: 'buildx', ok: false, detail: 'not there', without: 'everything' },
    { id: 'docker', ok: false, detail: 'Docker Engine 20.10.24 found', without: 'everything', hint: decision.hint },
  ]);
});

/** What the kernel checks come to when the helper answers so. */
async function kernel(answer: Partial<Answer>): Promise<{ readonly rules?: Check; readonly netem?: Check }> {
  const run = () => Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer });
  const [rules, netem] = await checkKernel('helper', run);
  return { ...(rules && { rules }), ...(netem && { netem }) };
}

describe('packet rules', () => {
  const told = async (stdout: string) => (await kernel({ stdout })).rules;

  it('are told by the rung that an agent finds, with what its leases are worth', async () => {
    expect(await told('{"rung":"nftables","lacks":{}}\n')).toEqual({
      id: 'packet-rules',
      ok: true,
      detail: 'nftables, leases end within ms',
    });
    expect(await told('{"rung":"iptables","lacks":{"nftables":"nft ended with 1: no sets"}}')).toEqual({
      id: 'packet-rules',
      ok: true,
      detail: 'iptables, leases end at whole seconds; nftables: nft ended with 1: no sets',
    });
  });

  it('that are none switch off faults on edges, with the reason of each rung', async () => {
    expect(await told('{"rung":null,"lacks":{"nftables":"no","iptables":"neither"}}')).toMatchObject({
      ok: false,
      detail: 'nftables: no; iptables: neither',
      without: expect.stringMatching(/every fault on an edge.*skipped/),
    });
  });

  it('were not checked where the probe broke: that is no lack of this machine', async () => {
    const stderr = [
      'node:internal/modules/cjs/loader:1503',
      "Error: Cannot find module '/app/main.ts'",
      '    at Module._load (node:internal/modules/cjs/loader:1)',
      '',
      'Node.js v24.21.0',
    ].join('\n');
    expect((await kernel({ code: 1, stderr })).rules).toEqual({
      id: 'packet-rules',
      ok: null,
      detail: "not checked: its probe broke (exit code 1): Error: Cannot find module '/app/main.ts'",
    });
    expect(await told('')).toMatchObject({ ok: null, detail: expect.stringMatching(/^not checked: its probe broke/) });
  });
});

it('tells what tc says of netem, and not what Docker says of a container that did not start', async () => {
  const refusal = { code: 2, stderr: 'Error: Specified qdisc kind is unknown.\n' };
  expect((await kernel(refusal)).netem).toMatchObject({ ok: false, detail: 'Error: Specified qdisc kind is unknown.' });
  expect((await kernel({})).netem).toEqual({ id: 'netem', ok: true, detail: 'works' });
  const unable = await kernel({ code: 125, stderr: 'docker: no such image\nsee --help' });
  expect(unable.netem).toMatchObject({
    ok: null,
    detail: 'not checked: its probe did not start: docker: no such image',
  });
  expect((await kernel({ code: null })).netem).toMatchObject({
    ok: null,
    detail: expect.stringContaining('did not end'),
  });
});

it('names the kernel checks that it cannot make without the helper image', async () => {
  expect(await checkKernel(undefined)).toEqual([
    { id: 'kernel', ok: null, detail: 'not checked: no helper image yet (npm run setup)' },
  ]);
});

it('measures the disk of the Engine, and does not where Node cannot', () => {
  const disk = (freeMiB: number): object => ({
    existsSync: () => true,
    statfsSync: () => ({ bavail: freeMiB, bsize: 2 ** 20 }),
  });
  expect(checkDisk('/docker', disk(8_192))).toEqual({ id: 'disk', ok: true, detail: '8192 MiB free' });
  expect(checkDisk('/docker', disk(8_191))).toMatchObject({ ok: false, without: expect.stringContaining('8192 MiB') });
  expect(checkDisk('/docker', { existsSync: () => true })).toMatchObject({
    ok: null,
    detail: expect.stringMatching(/^not checked: /),
  });
});

it('names a port that is taken, and says nothing about free ones', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const detail = `taken: ${port} (gateway)`;
  expect(await checkPorts({ gateway: port })).toMatchObject({ ok: false, detail, without: expect.anything() });
  await new Promise((resolve) => server.close(resolve));
  expect(await checkPorts({ gateway: port })).toEqual({ id: 'ports', ok: true, detail: 'the fixed ports are free' });
});

it('misses the cgroups that the crash fault looks at', () => {
  expect(checkCgroup({ CgroupVersion: '2', CgroupDriver: 'systemd' })).toEqual({
    id: 'cgroup',
    ok: true,
    detail: 'version 2, driver systemd',
  });
  for (const info of [{}, { CgroupVersion: '1', CgroupDriver: 'none' }]) {
    expect(checkCgroup(info)).toMatchObject({ ok: false, without: expect.stringContaining('crash') });
  }
});

it('helps who asks, and refuses what it does not know, without a look at the machine', () => {
  const doctor = (...words: string[]) =>
    spawnSync(process.execPath, [join(__dirname, 'doctor.js'), ...words], { encoding: 'utf8', env: { PATH: '' } });
  expect(doctor('--help')).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^Usage: .*Exit codes:/s),
  });
  expect(doctor('--jsn')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining("'--jsn'") });
});
