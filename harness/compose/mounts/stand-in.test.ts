import { describe, expect, it } from '@jest/globals';
import { definitionOf } from '../definition';
import { instrument, type InstrumentOptions } from '../instrument';
import type { ComposeModel, ComposeResource } from '../model';
import { planMounts, type MountPlan } from './plan';
import { look, recordOf, want } from './testing/records';

const PROJECT = 'rp-acme-1';

const PLAN: MountPlan = {
  layers: [],
  stands: {
    '/app': { is: 'volume', volume: 'app' },
    '/app/$data': { is: 'volume', volume: 'app', subpath: '$data' },
    '/etc/a.conf': { is: 'path', path: '/layers/a.conf/content' },
    '/srv/conf': { is: 'as-is' },
  },
};

function rendered(mount: object, volumes: Record<string, ComposeResource> = {}, more: Partial<InstrumentOptions> = {}) {
  const model: ComposeModel = { name: 'acme', services: { web: { image: 'w', volumes: [mount] } }, volumes };
  const base = {
    model,
    project: PROJECT,
    managed: {},
    revisions: [],
    frontImage: 'front',
    publish: 'ephemeral' as const,
  };
  const made = instrument({ ...base, mounts: PLAN, ...more });
  return { mount: (made.services['web']?.['volumes'] as unknown[])[0], volumes: made.volumes };
}

const bind = (source: string, more: object = {}) => ({
  ...{ type: 'bind', source, target: '/t', bind: { create_host_path: true, propagation: 'rprivate' } },
  ...more,
});

describe('a mount in the model that is brought up', () => {
  it('of a folder with a layer is the volume of that layer, never filled from the image', () => {
    expect(rendered(bind('/app', { read_only: true }))).toEqual({
      mount: { type: 'volume', source: 'rollproof-mount-app', target: '/t', read_only: true, volume: { nocopy: true } },
      volumes: { 'rollproof-mount-app': { name: 'rp-acme-1_rollproof-mount-app', external: true } },
    });
  });

  it('of a part of it is a part of the volume, in the letters of compose', () => {
    expect(rendered(bind('/app/$$data')).mount).toEqual({
      ...{ type: 'volume', source: 'rollproof-mount-app', target: '/t' },
      volume: { nocopy: true, subpath: '$$data' },
    });
  });

  it('of a copy is a mount of that, made by nobody else, and labelled as the user’s was', () => {
    expect(rendered(bind('/etc/a.conf', { bind: { create_host_path: true, selinux: 'z' } })).mount).toEqual({
      ...{ type: 'bind', source: '/layers/a.conf/content', target: '/t', bind: { selinux: 'z' } },
    });
  });

  it.each([
    ['that is as it is', bind('/srv/conf')],
    ['that is only read, of what nobody writes', bind('/srv/other', { read_only: true })],
    ['of memory', { type: 'tmpfs', target: '/t', tmpfs: { size: '1024' } }],
    ['of an image', { type: 'image', source: 'data:1', target: '/t' }],
    ['without a name', { type: 'volume', target: '/t', volume: {} }],
  ])('%s stays', (_, mount) => {
    expect(rendered(mount).mount).toEqual(mount);
  });

  it.each([
    ['writes what nobody looked at', bind('/srv/other'), /nobody looked at \/srv\/other/],
    [
      'is a pipe of Windows',
      { type: 'npipe', source: '\\\\.\\pipe\\x', target: 'p' },
      /of type npipe, which only Windows/,
    ],
    ['is of a Swarm', { type: 'cluster', source: 'x', target: '/t' }, /of type cluster, which only a Swarm/],
  ])('that %s is refused, of a managed service too', (_, mount, message) => {
    expect(() => rendered(mount)).toThrow(message);
    expect(() => rendered(mount, {}, { managed: { web: { port: 80, readiness: '/' } } })).toThrow(message);
  });

  it('of a revision is rewritten too, and its record is not', () => {
    const model: ComposeModel = { name: 'acme', services: { web: { image: 'w', volumes: [bind('/app')] } } };
    const definition = definitionOf(model, 'web');
    const made = instrument({
      ...{ model, project: PROJECT, managed: {}, workers: { web: { kind: 'worker' } }, mounts: PLAN },
      revisions: [{ service: 'web', number: 1, label: 'web-r1', definition }],
      ...{ frontImage: 'front', publish: 'ephemeral' },
    });
    expect(made.services['web-r1']).toMatchObject({ volumes: [{ type: 'volume', source: 'rollproof-mount-app' }] });
    expect(definition.service).toMatchObject({ volumes: [{ type: 'bind', source: '/app' }] });
  });
});

describe('a named volume', () => {
  const mount = { type: 'volume', source: 'data', target: '/t', volume: {} };
  const ro = { ...mount, read_only: true };
  const own = { name: 'rp-acme-1_data', labels: { 'rollproof.project': PROJECT } };
  const of = (driver_opts: object): Record<string, ComposeResource> => ({ data: { name: 'acme_data', driver_opts } });
  const nfs = of({ type: 'nfs', o: 'addr=10.0.0.1,rw', device: ':/export' });

  it('that is memory, or has a limit, keeps that', () => {
    for (const options of [{ type: 'tmpfs', device: 'tmpfs', o: 'size=10m' }, { size: '1G' }]) {
      expect(rendered(mount, of(options)).volumes?.['data']).toEqual({ ...own, driver_opts: options });
    }
  });

  it('that is a folder of the machine is what stands for that', () => {
    const folder = (device: string) => of({ type: 'none', o: 'bind', device });
    const layered = rendered(mount, folder('/app'));
    expect(layered.mount).toEqual({ ...mount, source: 'rollproof-mount-app' });
    expect(layered.volumes).toMatchObject({ data: own });
    expect(layered.volumes?.['data']).not.toHaveProperty('driver_opts');
    const copied = rendered(mount, folder('/etc/a.conf'));
    expect(copied.volumes?.['data']).toMatchObject({ driver_opts: { device: '/layers/a.conf/content' } });
    expect(rendered(ro, folder('/srv/conf')).volumes?.['data']).toMatchObject({ driver_opts: { device: '/srv/conf' } });
    expect(() => rendered(mount, folder('/unseen'))).toThrow(/nobody looked at \/unseen/);
  });

  it.each([
    ['on another machine', nfs],
    ['of a device', of({ type: 'ext4', device: '/dev/sdb1' })],
    ['of a relative path, which no Engine knows', of({ type: 'none', o: 'bind', device: './data' })],
    ['of another driver', { data: { driver: 'rexray', driver_opts: { volume: 'x' } } }],
  ])('with data %s may be read, and a copy may be written', (_, volumes) => {
    expect(() => rendered(mount, volumes)).toThrow(/writes the volume data, which is .*: that is yours/);
    expect(rendered(ro, volumes).volumes?.['data']).toMatchObject({ driver_opts: volumes.data?.['driver_opts'] });
    expect(rendered(mount, volumes, { copiedVolumes: ['data'] }).volumes).toMatchObject({
      data: { name: 'rp-acme-1_data', external: true },
    });
  });
});

it('a plan of what was looked at names the same volumes as the model', () => {
  const plan = planMounts(recordOf([want('web: /app')], [look('/app')]));
  const made = rendered(bind('/app'), {}, { mounts: plan });
  expect(Object.keys(made.volumes ?? {})).toEqual([(made.mount as { source: string }).source]);
});
