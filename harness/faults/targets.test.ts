import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { edge, edgeSchema, type Edge } from '../contract/service-config';
import type { ContainerInfo } from '../docker/containers';

let running: ContainerInfo[] = [];
const inspected: Record<string, readonly string[]> = {};

jest.mock('../docker/containers', () => ({ listContainers: async () => running }));
jest.mock('../docker/client', () => ({
  engine: () => ({
    getContainer: (id: string) => ({
      inspect: async () => ({
        Config: { ExposedPorts: Object.fromEntries((inspected[id] ?? []).map((port) => [port, {}])) },
      }),
    }),
  }),
}));

// After the mocks: what these import must be them.
const { destinationsOf } = jest.requireActual<typeof import('./endpoints')>('./endpoints');
const { containersOf, edgesOf, everythingTo, means, onEdge, ofContainers, service, targetName } =
  jest.requireActual<typeof import('./targets')>('./targets');

function container(name: string, given: Partial<ContainerInfo> = {}): ContainerInfo {
  const at = running.length + 1;
  return {
    ...{ id: name, name, service: 'orders', composeService: 'orders-r1', role: 'revision', state: 'running' },
    ...{ revision: 1, networks: { default: { ip: `10.0.0.${at}`, aliases: [] } } },
    ...given,
  } as ContainerInfo;
}

beforeEach(() => {
  running = [];
});

describe('everything to a service', () => {
  const declared = [edge('orders', 'bank'), edge('payments', 'bank'), edge('orders', 'postgres:5432')];

  it('is every declared edge that leads there, and no other', () => {
    expect(edgesOf(everythingTo('bank'), declared)).toEqual([edge('orders', 'bank'), edge('payments', 'bank')]);
    expect(targetName(everythingTo('bank'))).toBe('* → bank');
  });

  it('is an error that names the declared edges where none leads there', () => {
    expect(() => edgesOf(everythingTo('orders'), declared)).toThrow(
      expect.objectContaining({
        code: 'fault-no-targets',
        facts: { declared: ['orders → bank', 'payments → bank', 'orders → postgres:5432'] },
      }),
    );
  });

  it('leaves an edge that is named as it is, declared or not', () => {
    expect(edgesOf(edge('a', 'b'), declared)).toEqual([edge('a', 'b')]);
    expect(onEdge.on.safeParse(edge('a', 'b')).success).toBe(true);
    expect(onEdge.on.safeParse({ everythingTo: 'a', port: 1 }).success).toBe(false);
    expect(onEdge.on.safeParse('bank').error?.issues[0]?.message).toMatch(/^an edge is wanted/);
  });
});

describe('an edge to one port', () => {
  const caller = container('caller', { networks: { default: { ip: '10.0.0.9', aliases: [] } } });
  const plain = { service: 'postgres', composeService: 'postgres', role: 'plain', revision: undefined } as const;
  const ports = async (to: Edge, managed = {}) =>
    (await destinationsOf('p', to, managed, caller)).map(({ port }) => port);

  it('is named with it, so that edges to two ports of one callee are two', () => {
    expect(edge('orders', 'postgres:5432')).toEqual({ from: 'orders', to: 'postgres', port: 5432 });
    expect(targetName(edge('orders', 'postgres:5432'))).toBe('orders → postgres:5432');
    expect(targetName(edge('orders', 'postgres'))).toBe('orders → postgres');
  });

  it.each(['postgres:', 'postgres:pg', 'postgres:0', 'postgres:65536', 'postgres:5432:5433'])(
    'is refused as %s',
    (callee) => {
      expect(edgeSchema.safeParse(edge('orders', callee)).success).toBe(false);
      expect(onEdge.on.safeParse(edge('orders', callee)).success).toBe(false);
    },
  );

  it('leads to that port and to no other that the callee exposes', async () => {
    running = [container('db', plain)];
    inspected['db'] = ['5432/tcp', '9187/tcp', '9999/udp'];
    expect(await ports(edge('orders', 'postgres:9187'))).toEqual([9187]);
    expect(await ports(edge('orders', 'postgres'))).toEqual([5432, 9187]);
  });

  it('leads to a managed service’s own port where none is named, and to its front alone', async () => {
    running = [
      container('front', { role: 'front', composeService: 'orders' }),
      container('replica', { role: 'revision' }),
    ];
    const managed = { orders: { port: 8080, readiness: '/' } };
    const found = await destinationsOf('p', edge('gateway', 'orders'), managed, caller);
    expect(found).toEqual([{ address: running[0]?.networks['default']?.ip, port: 8080 }]);
    expect(await ports(edge('gateway', 'orders:9090'), managed)).toEqual([9090]);
  });

  it('is an error where no port is known, and where no network is shared', async () => {
    running = [container('silent', plain)];
    inspected['silent'] = [];
    await expect(ports(edge('orders', 'postgres'))).rejects.toMatchObject({ code: 'edge-port-unknown' });
    running = [container('far', { ...plain, networks: { other: { ip: '10.1.0.1', aliases: [] } } })];
    await expect(ports(edge('orders', 'postgres:5432'))).rejects.toMatchObject({ code: 'fault-no-targets' });
  });
});

describe('containers of a service', () => {
  const names = async (which: Parameters<typeof service>[1], seed = 'seed') =>
    (await containersOf(service('orders', which), 'p', seed)).map(({ name }) => name);

  beforeEach(() => {
    running = [
      ...['r1-a', 'r1-b', 'r1-c', 'r1-d'].map((name) => container(name)),
      ...['r2-a', 'r2-b', 'r2-c'].map((name) => container(name, { revision: 2, composeService: 'orders-r2' })),
      container('front', { role: 'front', revision: undefined, composeService: 'orders' }),
      container('stopped', { state: 'exited' }),
    ];
  });

  it('are all that run the user’s program, and never the front', async () => {
    expect(await names({})).toEqual(['r1-a', 'r1-b', 'r1-c', 'r1-d', 'r2-a', 'r2-b', 'r2-c']);
  });

  it('of a revision are its own alone; of one that does not run, none', async () => {
    expect(await names({ revision: 2 })).toEqual(['r2-a', 'r2-b', 'r2-c']);
    expect(await names({ revision: 3 })).toEqual([]);
  });

  it.each([
    [1, 1],
    [3, 3],
    [9, 4],
    [0.5, 2],
    [0.3, 2],
    [0.01, 1],
    [0.99, 4],
  ])('of %p replicas of four are %i', async (replicas, count) => {
    const found = await names({ revision: 1, replicas });
    expect(found).toHaveLength(count);
    expect(new Set(found).size).toBe(count);
    expect(found.every((name) => name.startsWith('r1-'))).toBe(true);
  });

  it('that are picked are the same for one seed, in whatever order they are listed, and others for another', async () => {
    const first = await names({ replicas: 2 });
    running.reverse();
    expect(await names({ replicas: 2 })).toEqual(first);
    const picks = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) => (await names({ replicas: 2 }, `${seed}`)).join()),
    );
    expect(new Set(picks).size).toBeGreaterThan(5);
  });

  it('that start later are meant by all of a service or of a revision, and not where some were picked', () => {
    const later = { service: 'orders', composeService: 'orders-r2', revision: 2 };
    expect(means(service('orders'), later)).toBe(true);
    expect(means(service('orders-r2'), later)).toBe(true);
    expect(means(service('orders', { revision: 2 }), later)).toBe(true);
    expect(means(service('orders', { revision: 1 }), later)).toBe(false);
    expect(means(service('orders', { revision: 2, replicas: 1 }), later)).toBe(false);
    expect(means(service('bank'), later)).toBe(false);
  });

  it('are called what people would write', () => {
    expect(targetName(service('orders'))).toBe('orders');
    expect(targetName(service('orders', { revision: 2 }))).toBe('orders-r2');
    expect(targetName(service('orders', { replicas: 2 }))).toBe('2 of orders');
    expect(targetName(service('orders', { revision: 2, replicas: 0.5 }))).toBe('50 % of orders-r2');
  });

  it.each([
    ['a service’s name', 'orders', true],
    ['a service, a revision and a share', service('orders', { revision: 2, replicas: 0.5 }), true],
    ['no replica', service('orders', { replicas: 0 }), false],
    ['two replicas', service('orders', { replicas: 2 }), true],
    ['half a replica beside two', service('orders', { replicas: 2.5 }), false],
    ['a revision below the first', service('orders', { revision: 0 }), false],
    ['a word that nobody knows', { service: 'orders', replica: 1 }, false],
  ])('may be given as %s: %p is %p', (_what, given, isTaken) => {
    expect(ofContainers.of.safeParse(given).success).toBe(isTaken);
  });
});
