import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rootsOf } from './layers';
import { isWithin } from './paths';
import { mountRemarks, planMounts } from './plan';
import { mergeRecords, type MountGround, type MountRecord } from './record';
import { look, recordOf, want } from './testing/records';

const GROUND: MountGround = { layersAt: '/docker/volumes/m/_data', hasSubpath: true, overlays: {} };

/** By source, in a few words. */
function stands(record: MountRecord, ground: MountGround = GROUND): Record<string, string> {
  const plan = planMounts({ ...record, ground });
  const words = Object.entries(plan.stands).map(([source, stand]) => {
    const id = (text: string) => text.replace(/[0-9a-f]{8}-/g, '');
    if (stand.is === 'volume') return [source, id(`${stand.volume} ${stand.subpath ?? ''}`).trim()];
    return [source, stand.is === 'path' ? id(stand.path) : 'as it is'];
  });
  return Object.fromEntries(words) as Record<string, string>;
}

describe('a plan of mounts', () => {
  it('leaves what is only read as it is', () => {
    expect(stands(recordOf([want('web: /srv/conf:ro')]))).toEqual({ '/srv/conf': 'as it is' });
  });

  it('lays one layer over a folder that two services write', () => {
    const record = recordOf([want('web: /srv/data'), want('job: /srv/data')]);
    expect(stands(record)).toEqual({ '/srv/data': 'data' });
    expect(planMounts(record).layers).toMatchObject([{ how: 'overlay', writers: ['job', 'web'] }]);
  });

  it('shows whoever reads what another one writes', () => {
    expect(stands(recordOf([want('web: /srv/data'), want('proxy: /srv/data:ro')]))).toEqual({ '/srv/data': 'data' });
  });

  it.each([
    ['is written, with a part of it mounted by itself', ['web: /app', 'job: /app/data']],
    ['is read, and a part of it written', ['web: /app:ro', 'job: /app/data']],
    ['is written, and a part of it read', ['web: /app', 'job: /app/data:ro']],
  ])('has one layer for a folder that %s', (_, mounts) => {
    expect(stands(recordOf(mounts.map((text) => want(text))))).toEqual({ '/app': 'app', '/app/data': 'app data' });
  });

  it('keeps apart what only looks like a part of a folder', () => {
    expect(stands(recordOf([want('web: /app'), want('job: /app-data')]))).toEqual({
      '/app': 'app',
      '/app-data': 'app-data',
    });
  });

  it('knows a folder by its real path', () => {
    const record = { ...recordOf([want('web: /var/data'), want('job: /mnt/data')]), looks: {} };
    const looks = { '/var/data': look('/mnt/data'), '/mnt/data': look('/mnt/data') };
    expect(stands({ ...record, looks })).toEqual({ '/var/data': 'data', '/mnt/data': 'data' });
  });

  it('copies a file, and takes a part of the layer where it lies in one', () => {
    const file = look('/app/a.conf', { kind: 'file' });
    expect(stands(recordOf([want('web: /app/a.conf')], [file]))).toEqual({
      '/app/a.conf': '/docker/volumes/m/_data/a.conf/content',
    });
    expect(stands(recordOf([want('web: /app/a.conf'), want('web: /app:ro')], [file]))['/app/a.conf']).toBe(
      'app a.conf',
    );
  });

  it('has an empty folder of ours for what is not there, whoever mounts it', () => {
    const record = recordOf([want('web: /app/new:ro')], [look('/app/new', { kind: 'missing' })]);
    expect(stands(record)).toEqual({ '/app/new': '/docker/volumes/m/_data/new/content' });
  });

  it('makes in the layer what is not there in a folder that has one', () => {
    const missing = look('/app/new/deep', { kind: 'missing' });
    const record = recordOf([want('web: /app'), want('web: /app/new/deep')], [missing]);
    expect(planMounts(record).layers).toMatchObject([{ how: 'overlay', folders: ['new/deep'] }]);
  });

  it.each([
    ['its path has a comma', look('/a,b'), {}, /a character/],
    ['its path has a colon', look('/a:b'), {}, /a character/],
    ['something else is mounted in it', look('/app', { mounts: [{ at: '/app/disk', fs: 'xfs' }] }), {}, /\/app\/disk/],
    ['the Engine cannot', look('/app'), { overlays: { '/app': 'this Engine lays no layer' } }, /this Engine/],
  ])('copies a folder where %s', (_, folder, ground, because) => {
    const record = recordOf([want('web: x', { source: folder.real })], [folder]);
    const { layers } = planMounts({ ...record, ground: { ...GROUND, ...ground } });
    expect(layers).toMatchObject([{ how: 'copy', because: expect.stringMatching(because) as unknown }]);
  });

  it('copies where parts of a folder are mounted by themselves, on an Engine that cannot do that with a volume', () => {
    const record = recordOf([want('web: /app'), want('job: /app/data')]);
    expect(stands(record, { ...GROUND, hasSubpath: false })).toEqual({
      '/app': '/docker/volumes/m/_data/app/content',
      '/app/data': '/docker/volumes/m/_data/app/content/data',
    });
    expect(planMounts({ ...record, ground: { ...GROUND, hasSubpath: false } }).layers[0]?.because).toMatch(/Engine 26/);
  });

  it('lays no layer over the machine for who only reads it, and says what that one does not see', () => {
    const root = look('/', { mounts: [{ at: '/proc', fs: 'proc' }] });
    const record = { ...recordOf([want('exporter: /:ro'), want('web: /srv/data')], [root]), ground: GROUND };
    expect(stands(record)).toEqual({ '/': 'as it is', '/srv/data': 'data' });
    expect(mountRemarks(record)).toEqual([
      '/srv/data (written by web): what is written stays in a layer over it, and your files as they are',
      'exporter sees /srv/data as it is on the machine, by its mount of /',
    ]);
  });

  it('leaves alone what is let through', () => {
    expect(stands(recordOf([want('web: /run', { isAllowed: true })]))).toEqual({ '/run': 'as it is' });
  });

  it('answers with what was known first', () => {
    const known = { ...recordOf([want('web: /app')]), ground: { ...GROUND, overlays: { '/app': 'not then' } } };
    const again = {
      ...recordOf([want('web: /app'), want('job: /b')]),
      ground: { ...GROUND, overlays: { '/app': '' } },
    };
    expect(planMounts(mergeRecords(known, again)).layers.map(({ how }) => how)).toEqual(['copy', 'overlay']);
  });

  it('has for every path that is written exactly one layer, which nothing that can be seen escapes', () => {
    const paths = ['/a', '/a/b', '/a/b/c', '/a/bc', '/d', '/d/e'];
    const mount = fc.record({ path: fc.constantFrom(...paths), mode: fc.constantFrom('', ':ro') });
    fc.assert(
      fc.property(fc.array(mount, { minLength: 1, maxLength: 8 }), (mounts) => {
        const wanted = mounts.map(({ path, mode }) => want(`s: ${path}${mode}`));
        const record = recordOf(wanted);
        const roots = rootsOf(record).map((root) => root.look.real);
        for (const { source, readOnly } of wanted) {
          const over = roots.filter((root) => isWithin(source, root));
          if (!readOnly) expect(over).toHaveLength(1);
          expect(over.length).toBeLessThanOrEqual(1);
          // Whoever mounts a folder sees what is written into any part of it.
          const parts = wanted.filter((other) => !other.readOnly && isWithin(other.source, source));
          if (parts.length > 0) expect(over).toHaveLength(1);
        }
        expect(planMounts(record)).toEqual(planMounts({ ...record, wanted: [...record.wanted] }));
      }),
    );
  });
});
