import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';

interface Component {
  name: string;
  official: string;
  mirror: string;
  hash: string;
}
interface Found {
  name: string;
  image?: string;
  id?: string;
  source?: string;
  missing?: boolean;
  retag?: string[];
}
interface Job {
  action: string;
  name: string;
  needs?: string[];
}
interface PlanModule {
  findComponents: (input: {
    components: Component[];
    present: Map<string, string>;
    recorded: Record<string, { id: string; source: string }>;
  }) => Found[];
  findOwn: (input: {
    own: { name: string; hash: string; tag?: string; repository?: string };
    present: Map<string, string>;
  }) => Found;
  planSupply: (input: {
    found: Found[];
    components: Component[];
    present: Map<string, string>;
    registryReachable: boolean;
    base: string;
  }) => Job[];
}
const { findComponents, findOwn, planSupply } = jest.requireActual<PlanModule>('./plan.js');

const jaeger: Component = { name: 'jaeger', official: 'jaeger:2', mirror: 'rollproof/jaeger:2', hash: 'aaa' };
const node: Component = { name: 'node', official: 'node:24', mirror: 'rollproof/node:24', hash: 'bbb' };
const find = (present: Record<string, string>, recorded = {}): Found[] =>
  findComponents({ components: [jaeger, node], present: new Map(Object.entries(present)), recorded });

describe('findComponents', () => {
  it('prefers the official image that is present', () => {
    expect(find({ 'jaeger:2': 'sha256:1', 'rollproof/jaeger:2-aaa': 'sha256:2' })[0]).toMatchObject({
      image: 'jaeger:2',
      source: 'present',
    });
  });

  it('remembers that an image came from the registry, for as long as its id is the same', () => {
    const recorded = { jaeger: { id: 'sha256:1', source: 'registry' } };
    expect(find({ 'jaeger:2': 'sha256:1' }, recorded)[0]?.source).toBe('registry');
    expect(find({ 'jaeger:2': 'sha256:9' }, recorded)[0]?.source).toBe('present');
  });

  it('takes a mirror build by its content, and gives back a readable tag that somebody removed', () => {
    expect(find({ 'rollproof/jaeger:2-aaa': 'sha256:2' })[0]).toEqual({
      name: 'jaeger',
      image: 'rollproof/jaeger:2',
      id: 'sha256:2',
      source: 'mirror-build',
      retag: ['rollproof/jaeger:2-aaa', 'rollproof/jaeger:2'],
    });
  });

  it('does not believe a mirror build of an older recipe', () => {
    expect(find({ 'rollproof/jaeger:2': 'sha256:2', 'rollproof/jaeger:2-old': 'sha256:2' })[0]).toEqual({
      name: 'jaeger',
      missing: true,
    });
  });
});

describe('findOwn', () => {
  it('is missing when the content changed, though the readable tag is there', () => {
    const own = { name: 'shop/orders:good', tag: 'shop/orders:good', hash: 'new' };
    const present = new Map([
      ['shop/orders:good', 'sha256:1'],
      ['shop/orders:good-old', 'sha256:1'],
    ]);
    expect(findOwn({ own, present })).toMatchObject({ missing: true });
  });

  it('only retags when the content is there under another version', () => {
    const own = { name: 'shop/orders:good', tag: 'shop/orders:good', hash: 'new' };
    const present = new Map([
      ['shop/orders:good', 'sha256:1'],
      ['shop/orders:good-new', 'sha256:2'],
    ]);
    expect(findOwn({ own, present })).toMatchObject({
      id: 'sha256:2',
      retag: ['shop/orders:good-new', 'shop/orders:good'],
    });
  });

  it('names an image without a version by its content alone', () => {
    const own = { name: 'front', repository: 'rollproof/front', hash: 'abc' };
    expect(findOwn({ own, present: new Map([['rollproof/front:abc', 'sha256:1']]) })).toEqual({
      name: 'front',
      image: 'rollproof/front:abc',
      id: 'sha256:1',
      source: 'built',
    });
  });
});

describe('planSupply', () => {
  const plan = (present: Record<string, string>, registryReachable: boolean): Job[] =>
    planSupply({
      found: find(present),
      components: [jaeger, node],
      present: new Map(Object.entries(present)),
      registryReachable,
      base: 'rollproof/base:trixie',
    });

  it('has nothing to do when all is there', () => {
    expect(plan({ 'jaeger:2': 'sha256:1', 'node:24': 'sha256:2' }, false)).toEqual([]);
  });

  it('pulls what is missing when a registry is reachable', () => {
    expect(plan({ 'node:24': 'sha256:2' }, true)).toMatchObject([{ action: 'pull', name: 'jaeger' }]);
  });

  it('builds the base first, then the rest in the order of the manifest', () => {
    const jobs = plan({}, false);
    expect(jobs.map(({ name }) => name)).toEqual(['base', 'jaeger', 'node']);
    expect(jobs[1]?.needs).toEqual(['base']);
  });

  it('builds on the base that is there', () => {
    expect(plan({ 'rollproof/base:trixie': 'sha256:0' }, false)).toMatchObject([
      { action: 'build', name: 'jaeger', needs: [] },
      { action: 'build', name: 'node', needs: [] },
    ]);
  });
});

describe('manifest', () => {
  const { COMPONENTS, OWN } = jest.requireActual<{
    COMPONENTS: { name: string; official: string; mirror: string }[];
    OWN: { name: string; from: string; stage?: string }[];
  }>('./manifest.js');
  const { contextFiles } = jest.requireActual<{ contextFiles: (entry: object) => { name: string; file: string }[] }>(
    './build.js',
  );
  const shop = OWN.filter(({ name }) => name.startsWith('shop/')).map((entry) => ({
    service: /^shop\/(\w+):/.exec(entry.name)?.[1] ?? '',
    files: contextFiles(entry),
    stage: entry.stage,
  }));

  it('builds Jaeger first: it takes longest', () => {
    expect(COMPONENTS[0]?.name).toBe('jaeger');
  });

  it('never gives a mirror build an official name', () => {
    for (const { mirror } of COMPONENTS) expect(mirror).toMatch(/^rollproof\//);
  });

  it('pins every official image and builds every own image on a known one', () => {
    for (const { official } of COMPONENTS) expect(official).toMatch(/:v?\d+\.\d+/);
    for (const { from } of OWN) expect(COMPONENTS.map(({ name }) => name)).toContain(from);
  });

  it('makes a service of its own folder and what all share, so that an edit to it rebuilds no other', () => {
    expect(shop.length).toBeGreaterThan(6);
    for (const { service, files, stage } of shop) {
      const folders = files.filter(({ name }) => name.includes('/')).map(({ name }) => name.split('/')[0]);
      expect(new Set(folders)).toEqual(new Set(['kit', service]));
      expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['Dockerfile', `${service}/main.ts`]));
      expect(files.filter(({ name }) => name.endsWith('.test.ts'))).toEqual([]);
      expect(stage).toBe(`shop-${service}`);
    }
  });

  it('builds a service with every defect that their source knows', () => {
    const source = readFileSync(join(__dirname, '../stack/services/kit/defect-names.ts'), 'utf8');
    const known = [...source.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name);
    expect(OWN.map(({ name }) => name.split(':')[1])).toEqual(expect.arrayContaining(known));
  });

  it('leaves out nothing that a service imports', () => {
    for (const { files } of shop) {
      const names = new Set(files.map(({ name }) => name));
      for (const { name, file } of files.filter(({ name }) => name.endsWith('.ts'))) {
        const imports = readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g);
        for (const [, target] of imports) expect(names).toContain(`${join(dirname(name), target ?? '')}.ts`);
      }
    }
  });
});
