import { describe, expect, it } from '@jest/globals';
import { kindsOf, releaseSteps } from './difference';
import type { ProjectVersion, ServiceKind, ServiceVersion } from './version';

const service = (
  kind: ServiceKind,
  image: string,
  { on = [], env = {} }: { readonly on?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): ServiceVersion => ({ kind, image, content: `sha256:${image}`, madeOf: { environment: env }, dependsOn: on });

/** gateway → orders → (inventory, payments), all on a database that a migration prepares; a job queue that nobody needs any more. */
const shop = (tag: string, env: Readonly<Record<string, string>> = {}): ProjectVersion => ({
  gateway: service('managed', `gateway:${tag}`, { on: ['orders'] }),
  orders: service('managed', `orders:${tag}`, { on: ['inventory', 'payments'], env }),
  inventory: service('managed', `inventory:${tag}`, { on: ['migrate'] }),
  payments: service('managed', `payments:${tag}`, { on: ['migrate'] }),
  migrate: service('job', `migrate:${tag}`, { on: ['db'] }),
  db: service('plain', 'db:1'),
});

const told = (from: ProjectVersion, to: ProjectVersion) =>
  releaseSteps(from, to).map(({ kind, service: name }) => `${kind} ${name}`);

describe('the steps from one version of a project to another', () => {
  it('are none when nothing changes but the name of an image', () => {
    const renamed = { ...shop('1'), db: { ...service('plain', 'mirror/db:1'), content: 'sha256:db:1' } };
    expect(releaseSteps(shop('1'), renamed)).toEqual([]);
  });

  it('migrate first, and exchange what is asked before who asks', () => {
    expect(told(shop('1'), shop('2'))).toEqual([
      'run migrate',
      'roll-out inventory',
      'roll-out payments',
      'roll-out orders',
      'roll-out gateway',
    ]);
  });

  it('keep the order through a service that does not change', () => {
    const { orders: _orders, ...others } = shop('2');
    expect(told(shop('1'), { ...others, orders: shop('1')['orders'] as ServiceVersion })).toEqual([
      'run migrate',
      'roll-out inventory',
      'roll-out payments',
      'roll-out gateway',
    ]);
  });

  it('start what is new before all that it does not depend on', () => {
    const to = {
      ...shop('2'),
      zebra: service('plain', 'zebra:1'),
      flags: service('plain', 'flags:1', { on: ['orders'] }),
    };
    expect(told(shop('1'), to)).toEqual([
      'start zebra',
      'run migrate',
      'roll-out inventory',
      'roll-out payments',
      'roll-out orders',
      'start flags',
      'roll-out gateway',
    ]);
  });

  it('take what is gone last, who asks before what is asked, and nothing of a job that is gone', () => {
    const { migrate: _job, ...kept } = shop('1');
    const from = {
      ...shop('1'),
      old: service('plain', 'old:1', { on: ['older'] }),
      older: service('plain', 'older:1'),
    };
    expect(told(from, { ...kept, gateway: service('managed', 'gateway:2') })).toEqual([
      'roll-out gateway',
      'retire old',
      'retire older',
    ]);
  });

  it('replace a service that is not managed, and say by name what changed, without values', () => {
    const to = { ...shop('1', { LOG_LEVEL: 'debug' }), db: service('plain', 'db:2') };
    expect(releaseSteps(shop('1'), to)).toEqual([
      { kind: 'replace', service: 'db', image: 'db:2', changes: ['image'] },
      { kind: 'roll-out', service: 'orders', image: 'orders:1', changes: ['environment.LOG_LEVEL'] },
    ]);
  });

  it('are refused for a service that is managed in one version only', () => {
    const to = { ...shop('1'), db: service('managed', 'db:1') };
    expect(() => releaseSteps(shop('1'), to)).toThrow(
      expect.objectContaining({ code: 'release-unfit', message: expect.stringContaining('db is neither managed') }),
    );
  });
});

describe('the kind of a service', () => {
  const kind = kindsOf({
    services: {
      web: {
        depends_on: { migrate: { condition: 'service_completed_successfully' }, db: { condition: 'service_healthy' } },
      },
    },
    managed: ['web'],
  });

  it.each([
    ['web', 'managed'],
    ['migrate', 'job'],
    ['db', 'plain'],
  ])('of %s is %s', (name, expected) => {
    expect(kind(name)).toBe(expected);
  });
});
