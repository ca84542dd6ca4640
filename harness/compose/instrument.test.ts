import { describe, expect, it } from '@jest/globals';
import type { WorkerSettings } from '../contract/config';
import { contentHash } from '../core/ids';
import { definitionOf } from './definition';
import { instrument, type InstrumentOptions, type RenderedRevision } from './instrument';
import type { ComposeModel } from './model';
import { workerDefinition } from './worker-service';

const MODEL: ComposeModel = {
  name: 'acme',
  services: {
    gateway: {
      image: 'acme/gateway:good',
      networks: { default: null },
      depends_on: { orders: { condition: 'service_healthy', required: true } },
      ports: [{ mode: 'ingress', target: 8080, published: '8080', protocol: 'tcp' }],
    },
    orders: {
      image: 'acme/orders:good',
      build: { context: '/src' },
      container_name: 'the-orders',
      profiles: ['all'],
      restart: 'unless-stopped',
      environment: { PLAIN: '1', DOLLAR: 'a$$b', FROM_SHELL: null },
      labels: { team: 'orders' },
      depends_on: { postgres: { condition: 'service_healthy', required: true } },
      healthcheck: { disable: true },
      networks: { default: { aliases: ['acme-orders'], ipv4_address: '10.9.0.4' }, back: null },
      ports: [{ mode: 'ingress', host_ip: '0.0.0.0', target: 8080, published: '8081', protocol: 'tcp' }],
      volumes: [{ type: 'volume', source: 'uploads', target: '/uploads', volume: {} }],
    },
    postgres: {
      image: 'postgres:17',
      container_name: 'db',
      environment: ['POSTGRES_USER=acme', 'PGDATA'],
      networks: { default: null },
    },
  },
  networks: {
    default: { name: 'shop_default', ipam: { config: [{ subnet: '10.9.0.0/24' }] } },
    back: { name: 'company', external: true },
  },
  volumes: { uploads: { name: 'precious', external: true } },
  secrets: { token: { name: 'shop_token', file: '/src/token' } },
};

const revision = (number: number, model = MODEL): RenderedRevision => ({
  service: 'orders',
  number,
  label: `orders-r${number}`,
  definition: definitionOf(model, 'orders'),
});

function made(options: Partial<InstrumentOptions> = {}): ComposeModel {
  return instrument({
    model: MODEL,
    project: 'rp-acme-1',
    managed: { orders: { port: 8080, readiness: '/readyz' } },
    revisions: [revision(1)],
    frontImage: 'rollproof/front:abc',
    publish: 'ephemeral',
    ...options,
  });
}

describe('instrument', () => {
  it('has a revision wait for nothing that has gone since: compose refuses a model that names it', () => {
    const { postgres: _gone, ...services } = MODEL.services;
    const later = { ...MODEL, services: { ...services, orders: { ...services['orders'], depends_on: {} } } };
    expect(made().services['orders-r1']?.depends_on).toEqual(MODEL.services['orders']?.depends_on);
    expect(made({ model: later }).services['orders-r1']?.depends_on).toEqual({});
  });

  it('has nobody wait for a service of a profile that was not chosen, whom Compose would miss', () => {
    const optional = { debug: { condition: 'service_started', required: false } };
    const services = Object.fromEntries(
      Object.entries(MODEL.services).map(([name, own]) => [
        name,
        { ...own, depends_on: { ...own.depends_on, ...optional } },
      ]),
    );
    const instrumented = made({ model: { ...MODEL, services } }).services;
    expect(instrumented['gateway']?.depends_on).toEqual(MODEL.services['gateway']?.depends_on);
    expect(instrumented['orders']?.depends_on).toEqual(MODEL.services['orders']?.depends_on);
  });

  it('gives the front the service name, ports, networks and every name it was known by', () => {
    const front = made().services['orders'];
    expect(front).toMatchObject({
      image: 'rollproof/front:abc',
      pull_policy: 'never',
      restart: 'always',
      read_only: true,
      cap_drop: ['ALL'],
      user: '99:99',
      networks: { default: { aliases: ['acme-orders', 'the-orders'] }, back: { aliases: ['the-orders'] } },
      ports: [{ mode: 'ingress', host_ip: '127.0.0.1', target: 8080, protocol: 'tcp' }],
      volumes: [{ type: 'volume', source: 'rollproof-front-orders', target: '/state' }],
      labels: { 'rollproof.project': 'rp-acme-1', 'rollproof.role': 'front', 'rollproof.service': 'orders' },
    });
    expect(front).not.toHaveProperty('container_name');
    expect(front).not.toHaveProperty('build');
  });

  it('lets the front wait for what its service waits for, and never for a revision', () => {
    const { services } = made({ revisions: [revision(1), revision(2)] });
    expect(services['orders']?.depends_on).toEqual(MODEL.services['orders']?.depends_on);
  });

  it('gives a revision the user’s definition without what only one container can have', () => {
    expect(made().services['orders-r1']).toEqual({
      image: 'rollproof/rp-acme-1/orders:r1',
      pull_policy: 'never',
      restart: 'unless-stopped',
      environment: { PLAIN: '1', DOLLAR: 'a$$b', FROM_SHELL: null, ROLLPROOF_REVISION: 'orders-r1' },
      depends_on: { postgres: { condition: 'service_healthy', required: true } },
      healthcheck: { disable: true },
      networks: { default: {}, back: null },
      volumes: [{ type: 'volume', source: 'uploads', target: '/uploads', volume: {} }],
      labels: {
        team: 'orders',
        'rollproof.project': 'rp-acme-1',
        'rollproof.role': 'revision',
        'rollproof.service': 'orders',
        'rollproof.revision': '1',
      },
    });
  });

  it('keeps the front and the old revision as they are when one is added', () => {
    const edited = { ...MODEL, services: { ...MODEL.services, orders: { image: 'x', environment: { PLAIN: '2' } } } };
    const one = made();
    const two = made({ revisions: [revision(1), revision(2, edited)] });
    expect(two.services['orders']).toEqual(one.services['orders']);
    expect(contentHash(two.services['orders'])).toBe('b0c1531f1bbf');
    expect(two.services['orders-r1']).toEqual(one.services['orders-r1']);
    expect(two.services['orders-r2']).toMatchObject({
      image: 'rollproof/rp-acme-1/orders:r2',
      environment: { PLAIN: '2' },
    });
  });

  it('makes a revision from its own record, whatever the compose file says now', () => {
    const first = made().services['orders-r1'];
    const orders = { image: 'acme/orders:edited', environment: { PLAIN: 'edited' }, networks: { new: null } };
    const edited: ComposeModel = { ...MODEL, services: { ...MODEL.services, orders } };
    expect(made({ model: edited }).services['orders-r1']).toEqual(first);
    expect(made({ revisions: [revision(1), revision(2, edited)] }).services['orders-r1']).toEqual(first);
  });

  it('brings the networks and volumes that a later revision needs, and keeps those of the stack as they were made', () => {
    const orders = {
      image: 'x',
      networks: { default: null, side: null },
      volumes: [{ type: 'volume', source: 'cache', target: '/cache' }],
    };
    const later: ComposeModel = {
      ...MODEL,
      services: { ...MODEL.services, orders },
      networks: { default: { name: 'edited', driver: 'macvlan' }, side: {} },
      volumes: { cache: {} },
    };
    const { networks, volumes } = made({ revisions: [revision(1), revision(2, later)] });
    expect(networks).toMatchObject({ ...made().networks, side: { name: 'rp-acme-1_side' } });
    expect(volumes).toMatchObject({ ...made().volumes, cache: { name: 'rp-acme-1_cache' } });
  });

  it('gives each revision its own secrets and configurations, where its container has always found them', () => {
    const withFiles = (secret: string, content: string): ComposeModel => ({
      ...MODEL,
      services: {
        ...MODEL.services,
        orders: {
          image: 'x',
          secrets: [{ source: 'token' }],
          configs: [{ source: 'app' }, { source: 'app', target: '/etc/app' }],
        },
      },
      secrets: { token: { file: secret } },
      configs: { app: { content } },
    });
    const [before, after] = [withFiles('/src/one', 'old'), withFiles('/src/two', 'new')];
    const all = made({ model: before, revisions: [revision(1, before), revision(2, after)] });
    expect(all.services['orders-r2']).toMatchObject({
      secrets: [{ source: 'orders-r2.token', target: '/run/secrets/token' }],
      configs: [
        { source: 'orders-r2.app', target: '/app' },
        { source: 'orders-r2.app', target: '/etc/app' },
      ],
    });
    expect(all.secrets).toMatchObject({
      'orders-r1.token': { file: '/src/one' },
      'orders-r2.token': { file: '/src/two' },
    });
    expect(all.configs).toMatchObject({ 'orders-r1.app': { content: 'old' }, 'orders-r2.app': { content: 'new' } });
  });

  it('refuses a name that is the user’s already', () => {
    const model = { ...MODEL, services: { ...MODEL.services, 'orders-r1': { image: 'x' } } };
    expect(() => made({ model })).toThrow(/^service orders-r1: rollproof needs that name/);
  });

  it('leaves the dependencies of others alone: the name is the front’s', () => {
    expect(made().services['gateway']?.depends_on).toEqual(MODEL.services['gateway']?.depends_on);
  });

  it('makes volumes and networks the project’s own', () => {
    const { volumes, networks } = made();
    expect(volumes).toEqual({
      uploads: { name: 'rp-acme-1_uploads', labels: { 'rollproof.project': 'rp-acme-1' } },
      'rollproof-front-orders': {
        name: 'rp-acme-1_rollproof-front-orders',
        labels: { 'rollproof.project': 'rp-acme-1' },
      },
    });
    expect(networks).toEqual({
      default: { name: 'rp-acme-1_default', labels: { 'rollproof.project': 'rp-acme-1' } },
      back: { name: 'rp-acme-1_back', labels: { 'rollproof.project': 'rp-acme-1' } },
    });
  });

  it('publishes the user’s ports, on loopback, when they are to be fixed', () => {
    const { services } = made({ publish: 'fixed' });
    expect(services['orders']?.ports).toEqual([
      { mode: 'ingress', host_ip: '127.0.0.1', target: 8080, published: '8081', protocol: 'tcp' },
    ]);
    expect(services['gateway']?.ports?.[0]).toMatchObject({ host_ip: '127.0.0.1', published: '8080' });
  });

  it('labels what is not managed and keeps its container name as an alias only', () => {
    const postgres = made().services['postgres'];
    expect(postgres).toMatchObject({
      image: 'postgres:17',
      networks: { default: { aliases: ['db'] } },
      labels: { 'rollproof.project': 'rp-acme-1', 'rollproof.role': 'plain', 'rollproof.service': 'postgres' },
    });
    expect(postgres).not.toHaveProperty('container_name');
  });

  it('neither builds nor pulls what is not managed', () => {
    const built = { image: 'acme/db:1', build: { context: '/db' }, pull_policy: 'always' };
    const { postgres } = made({ model: { ...MODEL, services: { ...MODEL.services, postgres: built } } }).services;
    expect(postgres).toMatchObject({ image: 'acme/db:1', pull_policy: 'never' });
    expect(postgres).not.toHaveProperty('build');
  });

  it('reads environments in list form', () => {
    const model: ComposeModel = {
      ...MODEL,
      services: { ...MODEL.services, orders: { image: 'x', environment: ['A=1', 'B=x=y', 'C'] } },
    };
    const environment = made({ model, revisions: [revision(1, model)] }).services['orders-r1']?.environment;
    expect(environment).toEqual({ A: '1', B: 'x=y', C: null, ROLLPROOF_REVISION: 'orders-r1' });
  });

  it('lets a front bind a low port without a capability', () => {
    const model: ComposeModel = { name: 'web', services: { web: { image: 'nginx' } } };
    const managed = { web: { port: 80, readiness: '/' } };
    expect(made({ model, managed, revisions: [] }).services['web']).toMatchObject({
      sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    });
  });

  it('keeps everything else, and changes none of its input', () => {
    const before = JSON.stringify(MODEL);
    expect(made()['secrets']).toEqual(MODEL['secrets']);
    expect(JSON.stringify(MODEL)).toBe(before);
    expect(made()).toEqual(made());
  });

  it('names a service that does not exist, and those that do', () => {
    const managed = { ordres: { port: 8080, readiness: '/' } };
    expect(() => made({ managed, revisions: [] })).toThrow('service ordres is not managed in the compose project');
    expect(() => definitionOf(MODEL, 'constructor')).toThrow('the compose project has no service constructor');
  });

  it('refuses what a front cannot stand for', () => {
    const with_ = (orders: ComposeModel['services'][string]) =>
      made({ model: { ...MODEL, services: { ...MODEL.services, orders: { image: 'x', ...orders } } } });
    expect(() => with_({ network_mode: 'host' })).toThrow('network_mode host');
    const datagrams = [{ target: 53, published: '53', protocol: 'udp' }];
    expect(() => with_({ ports: datagrams })).toThrow('publishes port 53 for UDP');
    expect(() => with_({ ports: [{ target: 9000, published: '9000' }] })).not.toThrow();
    expect(() => with_({ expose: ['8406'] })).toThrow("port 8406 is the front's own");
    expect(() => with_({ deploy: { replicas: 5 } })).toThrow('5 replicas, and a front holds 4');
    expect(() => with_({ scale: 4 })).not.toThrow();
    expect(() => made({ managed: { orders: { port: 8404, readiness: '/' } } })).toThrow('port 8404');
    const sidecar = { ...MODEL, services: { ...MODEL.services, side: { image: 'x', network_mode: 'service:orders' } } };
    expect(() => made({ model: sidecar })).toThrow('shares the network of orders');
  });

  describe('with a worker', () => {
    const model: ComposeModel = {
      ...MODEL,
      services: {
        ...MODEL.services,
        mailer: { image: 'acme/mailer:good', networks: { default: null }, deploy: { replicas: 3 } },
      },
    };
    const settings = { kind: 'worker' as const };
    const first = { service: 'mailer', number: 1, label: 'mailer-r1', definition: definitionOf(model, 'mailer') };
    const withWorker = (services: ComposeModel['services'] = {}, own: WorkerSettings = settings) =>
      made({
        model: { ...model, services: { ...model.services, ...services } },
        workers: { mailer: own },
        revisions: [first],
      });

    it('runs its revisions, and nothing under its own name: it has no front', () => {
      const { services, volumes } = withWorker();
      expect(services).not.toHaveProperty('mailer');
      expect(volumes).not.toHaveProperty('rollproof-front-mailer');
      expect(services['mailer-r1']).toMatchObject({
        image: 'rollproof/rp-acme-1/mailer:r1',
        deploy: { replicas: 3 },
        environment: { ROLLPROOF_REVISION: 'mailer-r1' },
        labels: { 'rollproof.role': 'revision', 'rollproof.service': 'mailer', 'rollproof.revision': '1' },
      });
    });

    it.each<[string, ComposeModel['services'], RegExp]>([
      [
        'publishes a port',
        { mailer: { image: 'm', ports: [{ target: 80 }] } },
        /mailer .* publishes port 80, but is a worker/,
      ],
      ['is waited for', { web: { image: 'w', depends_on: { mailer: {} } } }, /web depends on it, but it is a worker/],
      ['shares its network', { web: { image: 'w', network_mode: 'service:mailer' } }, /web shares its network/],
      [
        'has none of its own',
        { mailer: { image: 'm', network_mode: 'host' } },
        /mailer .* network_mode host, but is a worker/,
      ],
    ])('refuses one that %s', (_what, services, message) => {
      expect(() => withWorker(services)).toThrow(message);
    });

    it('refuses a singleton of three', () => {
      expect(() => withWorker({}, { ...settings, singleton: true })).toThrow(
        /mailer .* 3 replicas, but is a singleton/,
      );
      expect(() => withWorker({ mailer: { image: 'm' } }, { ...settings, singleton: true })).not.toThrow();
    });

    it('refuses one that the project does not have', () => {
      expect(() => made({ workers: { mailer: settings } })).toThrow(/mailer is not managed in the compose project/);
    });

    it('has as many consumers as the configuration asks for', () => {
      expect(workerDefinition(first.definition, { ...settings, replicas: 2 }).service).toMatchObject({
        scale: 2,
        deploy: {},
      });
      expect(workerDefinition(first.definition, settings)).toBe(first.definition);
    });
  });
});
