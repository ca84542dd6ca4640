import fc from 'fast-check';
import type { ManagedService } from '../../contract/config';
import { definitionOf } from '../definition';
import type { InstrumentOptions, RenderedRevision } from '../instrument';
import type { ComposeModel, ComposePort, ComposeResource, ComposeService } from '../model';
import { revisionLabel } from '../own-names';

/** What compose lets a service be called: some that differ in case or in a dot only, and some that JavaScript has a use of its own for. */
const serviceName = fc.oneof(
  fc.constantFrom('web', 'Web', 'web.api', 'web-api', 'web_api', 'front-web', 'web-r', 'web-rx', 'rollproof-front-web'),
  fc.constantFrom('constructor', 'toString', '0'),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/),
);
/** Names that may be a revision's or a front's of a service called so. */
const nearName = (services: readonly string[]) =>
  fc.oneof(
    { weight: 20, arbitrary: serviceName },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...services), fc.nat({ max: 30 }))
        .map(([service, n]) => revisionLabel(service, n)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...services).map((service) => `rollproof-front-${service}`) },
  );
const word = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), fc.constantFrom('constructor', 'data', 'Data', 'a.b'));
const keys = (max: number) => fc.uniqueArray(word, { maxLength: max });

const pairs = fc.dictionary(word, fc.string({ maxLength: 6 }), { maxKeys: 3, noNullPrototype: true });
const mapOrList = fc.oneof(
  pairs,
  pairs.map((map) => Object.entries(map).map(([key, value]) => `${key}=${value}`)),
);

/** One of each field or none: `undefined` is left out, as in JSON. */
function some<T extends object>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Partial<T>>;
}

const resource: fc.Arbitrary<ComposeResource | null> = fc.oneof(
  fc.constant(null),
  some({
    name: word,
    external: fc.boolean(),
    driver: fc.constant('local'),
    labels: pairs,
    internal: fc.boolean(),
    driver_opts: fc.constant({ type: 'tmpfs', device: 'tmpfs' }),
    ipam: fc.constant({ config: [{ subnet: '10.9.0.0/24' }] }),
  }) as fc.Arbitrary<ComposeResource>,
);

function resources(names: readonly string[]): fc.Arbitrary<Record<string, ComposeResource | null>> {
  return fc.record(Object.fromEntries(names.map((name) => [name, resource])), { noNullPrototype: true });
}

/** A port on which no front listens for us. */
const freePort = fc.integer({ min: 1, max: 65_535 }).filter((n) => n < 8_404 || n > 8_406);

const port = (target: fc.Arbitrary<number>, protocols: readonly string[]): fc.Arbitrary<ComposePort> =>
  fc.record(
    {
      mode: fc.constant('ingress'),
      target,
      protocol: fc.constantFrom(...protocols),
      published: fc.integer({ min: 1, max: 65_535 }).map(String),
      host_ip: fc.constantFrom('0.0.0.0', '127.0.0.1', '::'),
    },
    { requiredKeys: ['target'], noNullPrototype: true },
  );

interface Surroundings {
  readonly services: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly files: readonly string[];
  /** That of a managed service, whose others are carried as TCP. */
  readonly port: number | undefined;
}

function service({ services, networks, volumes, files, port: own }: Surroundings): fc.Arbitrary<ComposeService> {
  const alias = nearName(services);
  const network = fc.oneof(
    fc.constant(null),
    some({ aliases: fc.array(alias, { maxLength: 2 }), ipv4_address: fc.constant('10.9.0.4'), priority: fc.nat() }),
  );
  const of = <T>(names: readonly string[], value: (name: string) => T) =>
    fc.subarray([...names]).map((n) => n.map(value));
  const definition = some<ComposeService>({
    build: fc.constant({ context: '/src' }),
    container_name: alias,
    profiles: fc.constant(['all']),
    restart: fc.constantFrom('no', 'always'),
    command: fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }),
    environment: mapOrList,
    labels: mapOrList,
    depends_on: of(services, (name) => [name, { condition: 'service_healthy', required: true }] as const).map((on) =>
      Object.fromEntries(on),
    ),
    networks: fc
      .subarray([...networks], { minLength: 1 })
      .chain((joined) =>
        fc.record(Object.fromEntries(joined.map((name) => [name, network])), { noNullPrototype: true }),
      ),
    ports: fc.array(
      own === undefined
        ? port(fc.integer({ min: 1, max: 65_535 }), ['tcp', 'udp'])
        : port(fc.oneof(fc.constant(own), freePort), ['tcp']),
      { maxLength: 3 },
    ),
    volumes: of(volumes, (source) => ({ type: 'volume', source, target: `/${source}`, volume: {} })),
    secrets: of(files, (source) => ({ source })),
    configs: of(files, (source) => ({ source, target: `/etc/${source}` })),
    scale: fc.integer({ min: 1, max: 4 }),
    'x-own': fc.jsonValue({ maxDepth: 1 }),
  });
  return definition.map((fields) => ({ image: 'acme/it:1', ...fields }));
}

/** A project whose names are right, what of it is managed, and revisions made from it or from an edited one. */
export const arbitraryProject: fc.Arbitrary<InstrumentOptions> = fc
  .record({
    services: fc.uniqueArray(serviceName, { minLength: 1, maxLength: 5 }),
    networks: keys(2).map((own) => ['default', ...own.filter((name) => name !== 'default')]),
    publish: fc.constantFrom('ephemeral' as const, 'fixed' as const),
  })
  .chain(({ services: first, networks, publish }) =>
    fc
      .record({
        services: fc
          .option(nearName(first), { nil: undefined, freq: 10 })
          .map((near) => [...new Set([...first, ...(near === undefined ? [] : [near])])]),
        volumes: fc.uniqueArray(fc.oneof(word, nearName(first)), { maxLength: 3 }),
        files: fc.uniqueArray(
          fc.oneof(
            { weight: 20, arbitrary: word },
            nearName(first).map((name) => `${name}.data`),
          ),
          {
            maxLength: 2,
          },
        ),
        managed: fc.subarray(first),
      })
      .chain(({ services, volumes, files, managed: names }) =>
        fc
          .array(freePort, {
            ...{ minLength: names.length, maxLength: names.length },
          })
          .chain((ports) => {
            const managed: Record<string, ManagedService> = Object.fromEntries(
              names.map((name, at) => [name, { port: ports[at] ?? 1, readiness: '/readyz' }]),
            );
            const portOf = (name: string) => ports[names.indexOf(name)];
            const model: fc.Arbitrary<ComposeModel> = fc.record(
              {
                name: fc.constant('acme'),
                services: fc.record(
                  Object.fromEntries(
                    services.map((name) => [name, service({ services, networks, volumes, files, port: portOf(name) })]),
                  ),
                  { noNullPrototype: true },
                ),
                networks: resources(networks),
                volumes: resources(volumes),
                secrets: resources(files),
                configs: resources(files),
                'x-own': fc.jsonValue({ maxDepth: 1 }),
              },
              { noNullPrototype: true },
            );
            const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 3 });
            return fc
              .record({ model, edited: model, numbers: fc.tuple(...names.map(() => numbers)) })
              .map(({ model: own, edited, numbers: all }): InstrumentOptions => ({
                ...{ model: own, project: 'rp-acme-1', managed, publish, frontImage: 'rollproof/front:abc' },
                revisions: names.flatMap((name, at) =>
                  (all[at] ?? []).map((number) => revisionOf(name, number, number % 2 === 0 ? edited : own)),
                ),
              }));
          }),
      ),
  );

export function revisionOf(name: string, number: number, model: ComposeModel): RenderedRevision {
  return { service: name, number, label: revisionLabel(name, number), definition: definitionOf(model, name) };
}
