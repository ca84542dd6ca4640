import type { InstrumentOptions } from '../instrument';
import type { ComposeModel, ComposeService } from '../model';
import type { Support } from '../support/support';

/** A small project with a managed service, a worker and a plain one, and what a case changes in it. */
export type Case = Omit<InstrumentOptions, 'revisions'>;

const BASE: ComposeModel = {
  name: 'acme',
  services: {
    web: { image: 'acme/web:1', networks: { default: null } },
    mailer: { image: 'acme/mailer:1', networks: { default: null } },
    db: { image: 'postgres:17', networks: { default: null } },
  },
  networks: { default: { name: 'acme_default', ipam: {} } },
};

export function caseOf(model: ComposeModel, publish: Case['publish'] = 'ephemeral'): Case {
  return {
    ...{ model, publish, project: 'rp-acme-123456', frontImage: 'rollproof/front:abc' },
    managed: { web: { port: 8080, readiness: '/' } },
    workers: { mailer: { kind: 'worker' } },
  };
}

const changed = (name: string, own: ComposeService, rest: Partial<ComposeModel> = {}, publish?: Case['publish']) =>
  caseOf(
    { ...BASE, ...rest, services: { ...BASE.services, ...rest.services, [name]: { ...BASE.services[name], ...own } } },
    publish,
  );
const web = (own: ComposeService, rest?: Partial<ComposeModel>, publish?: Case['publish']) =>
  changed('web', own, rest, publish);
const worker = (own: ComposeService) => changed('mailer', own);
const plain = (own: ComposeService, rest?: Partial<ComposeModel>) => changed('db', own, rest);
/** For keys that mean the same to all. */
const each = (own: ComposeService) => [web(own), worker(own), plain(own)];
const network = (own: object, publish?: Case['publish']) =>
  caseOf({ ...BASE, networks: { default: { name: 'acme_default', ...own } } }, publish);
const volume = (own: object) => caseOf({ ...BASE, volumes: { data: { name: 'acme_data', ...own } } });

/** A layer over one folder, and a copy of another. */
const MOUNTS: Case['mounts'] = {
  layers: [],
  stands: {
    '/srv/app': { is: 'volume', volume: 'app' },
    '/srv/app/data': { is: 'volume', volume: 'app', subpath: 'data' },
    '/srv/a.conf': { is: 'path', path: '/layers/a.conf/content' },
    '/srv/conf': { is: 'as-is' },
  },
};
const bind = (source: string, read_only = false) => {
  return { type: 'bind', source, target: '/t', read_only, bind: { create_host_path: true } };
};
const mounting = (mounts: readonly object[], volumes: ComposeModel['volumes'] = {}): Case[] =>
  [web({ volumes: mounts }, { volumes }), worker({ volumes: mounts }), plain({ volumes: mounts }, { volumes })].map(
    (one) => ({ ...one, model: { ...one.model, volumes }, mounts: MOUNTS }),
  );
const named = (driver_opts: object, read_only = false) =>
  mounting([{ type: 'volume', source: 'data', target: '/t', read_only, volume: {} }], {
    data: { name: 'acme_data', driver_opts },
  });
const NFS = { type: 'nfs', o: 'addr=10.0.0.1', device: ':/export' };

/** Values that are not just words; all other keys that work are tried with one. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  environment: { PLAIN: '1', DOLLAR: 'a$$b', FROM_SHELL: null },
  labels: { team: 'orders' },
  command: ['run', '--price', '$$5'],
  entrypoint: [],
  depends_on: { db: { condition: 'service_healthy', required: true } },
  healthcheck: { test: ['CMD', 'true'], interval: '5m0s' },
  networks: { default: { aliases: ['acme-web'], priority: 5 } },
  deploy: { replicas: 2, resources: { limits: { memory: '268435456' } }, restart_policy: { condition: 'on-failure' } },
  scale: 3,
  logging: { driver: 'json-file', options: { 'max-size': '1m' } },
  tty: true,
  init: true,
  privileged: true,
  gpus: [{ count: -1 }],
  ulimits: { nofile: { soft: 1024, hard: 2048 } },
  sysctls: { 'net.core.somaxconn': '1024' },
  extra_hosts: ['somewhere=10.1.2.3'],
  links: ['db:database'],
  build: {
    context: '/src',
    args: { A: '1' },
    target: 'prod',
    secrets: [{ source: 'npm' }],
    dockerfile_inline: 'FROM x',
  },
  develop: { watch: [{ path: '/src', action: 'sync', target: '/app' }] },
  volumes_from: ['mailer'],
};

const FILES: ComposeModel = {
  ...BASE,
  services: {
    ...BASE.services,
    web: { ...BASE.services['web'], secrets: [{ source: 'pw' }], configs: [{ source: 'app', target: '/app' }] },
  },
  secrets: { pw: { name: 'acme_pw', environment: 'ROLLPROOF_VALUE_0', 'x-rollproof-value': 'se$$cret' } },
  configs: { app: { name: 'acme_app', content: 'a: 1' } },
};

const FIXED = { networks: { default: { ipv4_address: '10.9.0.4' } } };
const SUBNET = { networks: { default: { name: 'acme_default', ipam: { config: [{ subnet: '10.9.0.0/24' }] } } } };

/** Cases of rows that say more than that a key works. Resolved by Compose itself, so that no model has them: none. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'services.build': [...each({ build: SAMPLES['build'] }), plain({ image: 'rp-acme-123456-db', build: {} })],
  'services.cgroup `host`, `private`': each({ cgroup: 'host' }),
  'services.configs': [caseOf(FILES)],
  'services.container_name': each({ container_name: 'the-one' }),
  'services.depends_on': [
    web({ depends_on: SAMPLES['depends_on'] as Record<string, unknown> }),
    plain({ depends_on: { web: { condition: 'service_healthy', required: true } } }),
    plain({ depends_on: { gone: { condition: 'service_started', required: false } } }),
    web({ depends_on: { gone: { condition: 'service_started', required: false } } }),
  ],
  'services.depends_on on a worker': [plain({ depends_on: { mailer: { condition: 'service_started' } } })],
  'services.deploy.replicas more than 4 of a managed service': [web({ deploy: { replicas: 5 } }), web({ scale: 5 })],
  'services.env_file': [],
  'services.extends': [],
  'services.label_file': [],
  'services.image': each({ image: 'x@sha256:0' }),
  'services.ipc `host`, `none`, `private`, `shareable`': each({ ipc: 'host' }),
  'services.ipc `service:` of a managed service or a worker': [
    plain({ ipc: 'service:web' }),
    plain({ ipc: 'service:mailer' }),
  ],
  'services.logging driver `none`': each({ logging: { driver: 'none' } }),
  'services.mac_address of a managed service or a worker': [
    web({ mac_address: '02:42:ac:11:00:02' }),
    worker({ mac_address: '02:42:ac:11:00:02' }),
  ],
  'services.network_mode `none`, `bridge`, `service:` of a plain service': ['none', 'bridge', 'service:mq'].map(
    (mode) =>
      caseOf({
        ...BASE,
        services: {
          ...BASE.services,
          db: { image: 'd', network_mode: mode },
          mq: { image: 'm', networks: { default: null } },
        },
      }),
  ),
  'services.network_mode `host`, of a plain service': [plain({ network_mode: 'host' })],
  'services.network_mode `container:`, one outside of the stack': [plain({ network_mode: 'container:vpn' })],
  'services.network_mode `container:` with the container name of a plain service': [
    caseOf({
      ...BASE,
      services: {
        ...BASE.services,
        db: { image: 'd', network_mode: 'service:vpn' },
        vpn: { image: 'v', container_name: 'the-vpn' },
      },
    }),
  ],
  'services.network_mode `service:` of a managed service or a worker': [
    plain({ network_mode: 'service:web' }),
    plain({ network_mode: 'service:mailer' }),
  ],
  'services.network_mode the name of a network of the machine': [
    plain({ networks: { lan: null } }, { networks: { ...BASE.networks, lan: { name: 'lan', external: true } } }),
  ],
  'services.network_mode any, of a managed service': [web({ network_mode: 'host' }), web({ network_mode: 'bridge' })],
  'services.networks': [
    web(
      { networks: { default: { priority: 5 }, back: null } },
      { networks: { ...BASE.networks, back: { internal: true } } },
    ),
  ],
  'services.networks.aliases': [
    web({ networks: { default: { aliases: ['shop'] } } }),
    plain({ networks: { default: { aliases: ['sql'] } } }),
  ],
  'services.networks.aliases of a worker': [worker({ networks: { default: { aliases: ['post'] } } })],
  'services.networks.ipv4_address': [web(FIXED, SUBNET), plain(FIXED, SUBNET)],
  'services.networks.mac_address of a managed service or a worker': [
    web({ networks: { default: { mac_address: '02:42:ac:11:00:02' } } }),
  ],
  'services.pid `host`, `service:` of a plain service': [...each({ pid: 'host' }), web({ pid: 'service:db' })],
  'services.pid `service:` of a managed service or a worker': [plain({ pid: 'service:web' })],
  'services.ports': [
    web({ ports: [{ mode: 'ingress', target: 8080, published: '8080', protocol: 'tcp' }] }),
    plain({ ports: [{ mode: 'ingress', target: 5432, published: '5432', protocol: 'tcp' }] }),
  ],
  'services.ports of a managed service beside its own': [
    web({
      ports: [
        { mode: 'ingress', target: 8080, published: '8080', protocol: 'tcp' },
        { mode: 'ingress', target: 9000, published: '9000', protocol: 'tcp' },
      ],
      expose: ['9100'],
    }),
  ],
  'services.ports UDP of a managed service': [web({ ports: [{ target: 53, published: '53', protocol: 'udp' }] })],
  'services.pre_stop of a managed service or a worker': [
    web({ pre_stop: [{ command: ['bye'] }] }),
    worker({ pre_stop: [{ command: ['bye'] }] }),
  ],
  'services.profiles': each({ profiles: ['debug'] }),
  'services.provider': [plain({ provider: { type: 'model' } })],
  'services.pull_policy': each({ pull_policy: 'always' }),
  'services.secrets': [caseOf(FILES)],
  'services.use_api_socket': each({ use_api_socket: true }),
  'services.uts `host`': each({ uts: 'host' }),
  'services.volumes': mounting([{ type: 'volume', source: 'data', target: '/t', volume: { nocopy: true } }], {
    data: { name: 'acme_data' },
  }),
  'services.volumes `bind`, of what nobody writes': mounting([bind('/srv/conf', true)]),
  'services.volumes `bind`, of what is written': mounting([
    ...[bind('/srv/app'), bind('/srv/app', true), bind('/srv/app/data'), bind('/srv/a.conf')],
  ]),
  'services.volumes `tmpfs`, `image`': mounting([
    { type: 'tmpfs', target: '/t', tmpfs: { size: '1024' } },
    { type: 'image', source: 'data:1', target: '/i' },
  ]),
  'services.volumes `npipe`, `cluster`': [
    ...mounting([{ type: 'npipe', source: 'x', target: '/t' }]),
    ...mounting([{ type: 'cluster', source: 'x', target: '/t' }]),
  ],
  'services.volumes_from of a plain service': [web({ volumes_from: ['db:ro'] })],
  'services.volumes_from of a managed service or a worker': [
    plain({ volumes_from: ['web'] }),
    plain({ volumes_from: ['mailer:ro'] }),
  ],
  'services.volumes_from `container:`': each({ volumes_from: ['container:elsewhere'] }),
  'services.x-…': each({ 'x-own': { deep: [1, 'a'] } }),
  name: [caseOf(BASE)],
  include: [],
  'x-…': [caseOf({ ...BASE, 'x-own': { a: 1 } })],
  'networks.driver_opts': [network({ driver_opts: { 'com.docker.network.driver.mtu': '1400' } })],
  'networks.driver_opts `com.docker.network.bridge.name`': [
    network({ driver_opts: { 'com.docker.network.bridge.name': 'br-acme' } }),
  ],
  'networks.enable_ipv6': [network({ enable_ipv6: true }), network({ enable_ipv6: true }, 'fixed')],
  'networks.external': [network({ external: true, name: 'lan' })],
  'networks.ipam': [network({ ipam: { config: [{ subnet: '10.9.0.0/24', gateway: '10.9.0.1' }] } })],
  'networks.labels': [network({ labels: { a: '1' } })],
  'networks.x-…': [network({ 'x-own': 1 })],
  'volumes.driver_opts memory, or a limit': [
    ...named({ type: 'tmpfs', device: 'tmpfs', o: 'size=10m' }),
    ...named({ size: '1G' }),
  ],
  'volumes.driver_opts a folder of the machine (`o: bind`)': [
    ...['/srv/app', '/srv/app/data', '/srv/a.conf', '/srv/conf'].flatMap((device) =>
      named({ type: 'none', o: 'bind', device }),
    ),
  ],
  'volumes.driver_opts data elsewhere, as NFS, that is only read': named(NFS, true),
  'volumes.driver_opts data elsewhere, as NFS, that is written': named(NFS),
  'volumes.external': [volume({ external: true, name: 'precious' })],
  'volumes.labels': [volume({ labels: { a: '1' } })],
  'volumes.x-…': [volume({ 'x-own': 1 })],
  'secrets.file': [caseOf({ ...FILES, secrets: { pw: { name: 'acme_pw', file: '/src/pw' } } })],
  'secrets.name': [caseOf(FILES)],
  'secrets.environment': [caseOf(FILES)],
  'configs.file': [caseOf({ ...FILES, configs: { app: { name: 'acme_app', file: '/src/app' } } })],
  'configs.name': [caseOf(FILES)],
  'configs.content': [caseOf(FILES)],
  'configs.environment': [
    caseOf({
      ...FILES,
      configs: { app: { name: 'acme_app', environment: 'ROLLPROOF_VALUE_1', 'x-rollproof-value': '1' } },
    }),
  ],
};

/** What is left up with its subnets: fixed addresses stay, and no revision may be given one. */
export const KEPT_CASES: readonly Case[] = [
  web(FIXED, SUBNET, 'fixed'),
  network({ enable_ipv6: true, ipam: { config: [{ subnet: '10.9.0.0/24' }, { subnet: 'fd00:1::/64' }] } }, 'fixed'),
];

/** The cases of a row of the declaration. */
export function casesOf({ key, when }: Support): readonly Case[] {
  const listed = CASES[when === undefined ? key : `${key} ${when}`];
  if (listed !== undefined) return listed;
  const [section = '', name = ''] = key.split('.');
  const value = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : 'sample';
  if (section === 'networks') return [network({ [name]: value })];
  if (section === 'volumes') return [volume({ [name]: value })];
  // Of another worker or a front nothing can be shared: only what a service says of itself is tried on all.
  return each({ [name]: value });
}
