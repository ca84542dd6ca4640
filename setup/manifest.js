'use strict';

const path = require('node:path');
const { ROOT } = require('./paths');

/** Version of Node in the images: the one that the scripts of the repository run with. */
const NODE_VERSION = require(path.join(ROOT, 'package.json')).devDependencies.node;

const image = (name) => [{ from: `setup/images/${name}` }];

/**
 * Third-party components. `official`: pinned image of a registry (never run here: unverified until doctor shows it came
 * from one). `mirror`: tag of the build from package mirrors. Order is build order: the slowest first.
 */
const COMPONENTS = [
  {
    name: 'jaeger',
    official: 'jaegertracing/jaeger:2.13.0',
    mirror: 'rollproof/jaeger:2.13.0',
    context: image('jaeger'),
  },
  {
    name: 'node',
    official: `node:${NODE_VERSION}-trixie-slim`,
    mirror: 'rollproof/node:24',
    context: image('node'),
    facts: [NODE_VERSION],
    staged: 'node',
  },
  {
    name: 'haproxy',
    official: 'haproxy:3.0.11',
    mirror: 'rollproof/haproxy:3.0',
    context: image('haproxy'),
    internal: true,
  },
  { name: 'postgres', official: 'postgres:17.12', mirror: 'rollproof/postgres:17', context: image('postgres') },
  {
    name: 'prometheus',
    official: 'prom/prometheus:v2.53.3',
    mirror: 'rollproof/prometheus:2.53.3',
    context: image('prometheus'),
  },
  {
    name: 'alertmanager',
    official: 'prom/alertmanager:v0.28.1',
    mirror: 'rollproof/alertmanager:0.28.1',
    context: image('alertmanager'),
  },
  // What the pipeline pushes to, unless a registry is named.
  {
    name: 'registry',
    official: 'registry:2.8.3',
    mirror: 'rollproof/registry:2.8',
    context: image('registry'),
  },
];

/** What every mirror build starts from: Debian 13, by debootstrap. */
const BASE = 'rollproof/base:trixie';

const SERVICES = ['gateway', 'orders', 'inventory', 'payments', 'bank', 'mailer', 'bookkeeper'];
/** Defects that `orders` is built with; every service is built as `good`. */
const DEFECTS = [
  ...['errors', 'few-errors', 'client-errors', 'wrong-answers', 'empty-answers', 'cut-answers'],
  ...['hangs', 'slow', 'slow-tail', 'slower-and-slower', 'leaks-memory'],
  ...['crashes-at-boot', 'crashes-later', 'wrong-settings', 'wrong-port', 'never-ready', 'flaps'],
  ...['ignores-sigterm', 'lacks-migration', 'loses-sessions', 'one-bad-replica', 'one-replica-only'],
  ...['pauses-once', 'one-bad-place'],
];

/** What the image of every service is made of, beside the service's own folder: an edit to one rebuilds no other. */
const SHARED = [
  'Dockerfile',
  '.npmrc',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'probe.sh',
  'kit',
];

/** Defects in what a release leaves behind for the other one, by the service that has them. */
const LEFT_BEHIND = [
  ['orders', 'new-status'],
  ['inventory', 'renamed-field'],
  ['inventory', 'cache-shape'],
  ['gateway', 'cookie-format'],
  ['orders', 'message-format'],
  ['mailer', 'message-format'],
  // Each gets on with the other one of before, and the two do not with each other.
  ['orders', 'currencies'],
  ['inventory', 'currencies'],
];
/** Releases of `orders` that come with a migration. */
const WITH_MIGRATION = ['writes-channel', 'without-status'];

const shopImage = (service, version, args = { DEFECT: version }) => ({
  name: `shop/${service}:${version}`,
  from: 'node',
  baseArgument: 'NODE_IMAGE',
  context: [...SHARED, service].map((name) => ({ from: `stack/services/${name}`, to: name })),
  stage: `shop-${service}`,
  args: { SERVICE: service, ...args },
  tag: `shop/${service}:${version}`,
});

/** Sources of the harness that run in the helper as well. */
const HELPER_SHARES = [
  'compose/front-container.ts',
  'contract/metrics.ts',
  'front/answer-times.ts',
  'front/copies.ts',
  'front/config.ts',
  'front/runtime.ts',
  'front/state.ts',
  'front/tcp-ports.ts',
];

/** Images of our own, thin, on either supply of `from`. `tag`, when given, is a second, readable tag. */
const OWN = [
  {
    name: 'front',
    from: 'haproxy',
    baseArgument: 'HAPROXY_IMAGE',
    context: [{ from: 'harness/images/front' }],
    repository: 'rollproof/front',
  },
  {
    name: 'helper',
    from: 'node',
    baseArgument: 'NODE_IMAGE',
    // The guardian and the harness change a front by the same code, which lies in the image as it does in the harness.
    context: [
      { from: 'harness/images/helper' },
      { from: 'harness/faults/agent', to: 'app/faults/agent' },
      { from: 'harness/faults/agent/package.json', to: 'app/package.json' },
      ...HELPER_SHARES.map((name) => ({
        from: `harness/${name}`,
        to: `app/${name}`,
      })),
    ],
    repository: 'rollproof/helper',
  },
  {
    name: 'pager',
    from: 'node',
    baseArgument: 'NODE_IMAGE',
    context: ['Dockerfile', 'package.json', 'main.ts', 'pager.ts', 'probe.sh'].map((name) => ({
      from: `stack/observability/pager/${name}`,
      to: name,
    })),
    repository: 'rollproof/pager',
    tag: 'rollproof/pager:1',
  },
  ...SERVICES.map((service) => shopImage(service, 'good')),
  ...DEFECTS.map((defect) => shopImage('orders', defect)),
  ...LEFT_BEHIND.map(([service, defect]) => shopImage(service, defect)),
  ...WITH_MIGRATION.map((release) => shopImage('orders', release)),
  // A good release that is not the same image.
  ...['orders', 'inventory', 'gateway', 'mailer', 'bookkeeper'].map((service) =>
    shopImage(service, 'next', { DEFECT: 'good', RELEASE: '2' }),
  ),
  shopImage('mailer', 'errors'),
  shopImage('bookkeeper', 'unfenced'),
  // One that no machine runs: nothing has this architecture but old mainframes.
  {
    name: 'other-platform',
    from: 'node',
    baseArgument: 'NODE_IMAGE',
    context: [{ from: 'stack/other-platform' }],
    platform: 'linux/s390x',
    repository: 'rollproof/other-platform',
    tag: 'rollproof/other-platform:1',
  },
];

/** What every stack needs that is brought up. The rest is for our own, and for who asks for it. */
const FOR_EVERY_STACK = ['front', 'helper'];

module.exports = { COMPONENTS, OWN, BASE, FOR_EVERY_STACK, NODE_VERSION };
