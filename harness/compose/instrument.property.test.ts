import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { hasCode } from '../core/errors';
import { instrument, type InstrumentOptions } from './instrument';
import type { ComposeModel, ComposeService } from './model';
import { frontVolume } from './own-names';
import { arbitraryProject, revisionOf } from './testing/arbitrary-model';

jest.setTimeout(30_000);

/** Enough that each of the rarer shapes comes up dozens of times. */
const RUNS = { numRuns: 60, interruptAfterTimeLimit: 10_000 };

/** One project in eleven is refused: among as many as this, some are. */
const REFUSED_RUNS = 300;

/** Frozen, so that a change to any of it is an error. */
const anyProject = arbitraryProject.map(frozen);

function refusal(options: InstrumentOptions): unknown {
  try {
    instrument(options);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Projects in which nothing of the user's has a name of ours. */
const project = anyProject.filter((options) => !hasCode(refusal(options), 'name-taken'));

function holds(property: (options: InstrumentOptions, made: ComposeModel) => void, among = project): void {
  fc.assert(
    fc.property(among, (options) => property(options, instrument(options))),
    RUNS,
  );
}

const namesOf = (model: ComposeModel) =>
  Object.entries(model.services).flatMap(([service, { container_name: container, networks }]) => [
    service,
    ...(container === undefined ? [] : [container]),
    ...Object.values(networks ?? {}).flatMap((network) => network?.aliases ?? []),
  ]);
const isManaged = ({ managed }: InstrumentOptions, name: string) => Object.hasOwn(managed, name);
const sorted = (values: Iterable<string>) => [...values].sort();
const without = (service: ComposeService | undefined, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(service ?? {}).filter(([key]) => !keys.includes(key)));
const aliasesOf = (service: ComposeService | undefined) =>
  Object.fromEntries(
    Object.entries(service?.networks ?? { default: null }).map(([key, network]) => [
      key,
      [...(network?.aliases ?? []), ...(service?.container_name === undefined ? [] : [service.container_name])],
    ]),
  );
/** Ports as they come out: on loopback, with the user's number only where it was asked for. */
const portsOf = ({ ports = [] }: ComposeService, publish: InstrumentOptions['publish']) =>
  ports.map(({ published, ...port }) => ({
    ...port,
    host_ip: '127.0.0.1',
    ...(publish === 'fixed' && published !== undefined ? { published } : {}),
  }));

/** What stands behind the part that every revision's name has. */
const restOf = (name: string, service: string) =>
  name.startsWith(`${service}-r`) ? name.slice(service.length + 2) : undefined;

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

describe('any project, instrumented', () => {
  it('keeps a service that is not managed as it is, but for its labels, its ports, and names that only one can have', () => {
    holds((options, made) => {
      for (const [name, own] of Object.entries(options.model.services)) {
        if (isManaged(options, name)) continue;
        const plain = made.services[name];
        const changed = ['container_name', 'profiles', 'build', 'pull_policy', 'labels', 'ports', 'networks'];
        expect(without(plain, changed)).toEqual(without(own, changed));
        expect(plain).toMatchObject({ pull_policy: 'never', labels: { 'rollproof.role': 'plain' } });
        for (const gone of ['container_name', 'profiles', 'build']) expect(plain).not.toHaveProperty(gone);
        expect(plain?.ports ?? []).toEqual(portsOf(own, options.publish));
        if (own.networks === undefined) expect(plain).not.toHaveProperty('networks');
        else expect(aliasesOf(plain)).toEqual(aliasesOf(own));
      }
    });
  });

  it('puts a front in the place of a managed service: its name, ports, networks, aliases, and what it waits for', () => {
    holds((options, made) => {
      for (const [name, { port }] of Object.entries(options.managed)) {
        const own = options.model.services[name] ?? {};
        const front = made.services[name];
        expect(front?.image).toBe(options.frontImage);
        expect(front?.labels).toMatchObject({
          'rollproof.role': 'front',
          'rollproof.service': name,
          'rollproof.front.port': String(port),
        });
        expect(front?.ports ?? []).toEqual(portsOf(own, options.publish));
        expect(aliasesOf(front)).toEqual(aliasesOf(own));
        expect(front?.depends_on).toEqual(own.depends_on);
      }
    });
  });

  it('has the same fronts and the same other services, whatever revisions there are', () => {
    holds((options, made) => {
      const none = instrument({ ...options, revisions: [] });
      for (const name of Object.keys(options.model.services)) expect(made.services[name]).toEqual(none.services[name]);
      expect(made.networks).toMatchObject(none.networks ?? {});
      expect(made.volumes).toMatchObject(none.volumes ?? {});
      expect(sorted(Object.keys(none.services))).toEqual(sorted(Object.keys(options.model.services)));
    });
  });

  it('is made without a change to the user’s model or to a revision’s record, and twice the same', () => {
    holds((options, made) => {
      const before = structuredClone(options);
      expect(instrument(options)).toEqual(made);
      expect(options).toEqual(before);
    });
  });

  it('has a service for each revision, under names of its own', () => {
    holds((options, made) => {
      const labels = options.revisions.map(({ label }) => label);
      expect(sorted(Object.keys(made.services))).toEqual(sorted([...Object.keys(options.model.services), ...labels]));
      const images = labels.map((label) => made.services[label]?.image);
      expect(new Set(images).size).toBe(labels.length);
      for (const { label, number, service } of options.revisions) {
        expect(made.services[label]?.labels).toMatchObject({
          'rollproof.role': 'revision',
          'rollproof.service': service,
          'rollproof.revision': String(number),
        });
        expect(Object.values(aliasesOf(made.services[label])).flat()).toEqual([]);
      }
      for (const kind of ['networks', 'volumes'] as const) {
        const names = Object.values(made[kind] ?? {}).map((resource) => resource?.name);
        expect(new Set(names).size).toBe(names.length);
        expect(names.every((name) => name?.startsWith(`${options.project}_`))).toBe(true);
      }
    });
  });

  it('keeps the user’s secrets and configurations, and beside them those of each revision as they were', () => {
    holds(({ model, revisions }, made) => {
      for (const kind of ['secrets', 'configs'] as const) {
        const expected = revisions.flatMap(({ label, definition }) =>
          Object.entries(definition[kind]).map(([name, file]) => [`${label}.${name}`, file] as const),
        );
        expect(made[kind] ?? {}).toEqual({ ...model[kind], ...Object.fromEntries(expected) });
        expect(Object.keys(made[kind] ?? {})).toHaveLength(Object.keys(model[kind] ?? {}).length + expected.length);
      }
    });
  });

  it('refers to nothing that it does not have', () => {
    holds((_options, made) => {
      const has = (kind: 'networks' | 'volumes' | 'secrets' | 'configs', name: string) =>
        expect(Object.keys(made[kind] ?? {})).toContain(name);
      for (const service of Object.values(made.services)) {
        for (const name of Object.keys(service.networks ?? {})) has('networks', name);
        for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(made.services)).toContain(name);
        for (const { source } of (service['volumes'] ?? []) as { source: string }[]) has('volumes', source);
        for (const { source } of (service['secrets'] ?? []) as { source: string }[]) has('secrets', source);
        for (const { source } of (service['configs'] ?? []) as { source: string }[]) has('configs', source);
      }
    });
  });

  it('has revisions that differ only where their records do', () => {
    const pair = fc.tuple(project, anyProject, fc.nat());
    fc.assert(
      fc.property(
        pair.filter(([{ managed }]) => Object.keys(managed).length > 0),
        ([options, { model: other }, at]) => {
          const names = Object.keys(options.managed);
          const name = names[at % names.length] ?? '';
          const edited = { ...options.model.services[name], command: ['edited'], ...own(other) };
          const after = { ...options.model, services: { ...options.model.services, [name]: edited } };
          const revisions = [revisionOf(name, 31, options.model), revisionOf(name, 32, after)] as const;
          const made = instrument({ ...options, revisions });
          const [one, two] = revisions.map(({ label }) => rendered(made, label));
          const [before, now] = revisions.map(({ definition }) => definition.service);
          const keys = new Set([...Object.keys(one ?? {}), ...Object.keys(two ?? {})]);
          for (const key of keys) {
            if (isDeepStrictEqual(before?.[key], now?.[key])) expect(two?.[key]).toEqual(one?.[key]);
            else if (!['environment', 'labels'].includes(key)) expect(two?.[key]).not.toEqual(one?.[key]);
          }
        },
      ),
      RUNS,
    );
  });

  it('is refused exactly where something of the user’s has a name that we need', () => {
    let refused = 0;
    fc.assert(
      fc.property(anyProject, (options) => {
        const { model, managed } = options;
        const isTaken = Object.keys(managed).some(
          (service) =>
            namesOf(model).some((name) => restOf(name, service)?.match(/^\d+$/)) ||
            [model.secrets, model.configs].some((files) =>
              Object.keys(files ?? {}).some((name) => restOf(name, service)?.match(/^\d+\./)),
            ) ||
            Object.hasOwn(model.volumes ?? {}, frontVolume(service)),
        );
        const error = refusal(options);
        if (isTaken) refused += 1;
        expect(error === undefined ? undefined : hasCode(error, 'name-taken')).toBe(isTaken ? true : undefined);
      }),
      { ...RUNS, numRuns: REFUSED_RUNS },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

/** What an edit may change, and shows in a revision as it was written. */
function own({ services }: ComposeModel): ComposeService {
  const [first] = Object.values(services);
  const { environment, labels, restart, scale } = first ?? {};
  return Object.fromEntries(
    Object.entries({ environment, labels, restart, scale, 'x-own': first?.['x-own'] }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** A revision's service without what each has of its own: its number, wherever it stands. */
function rendered({ services }: ComposeModel, label: string): ComposeService {
  const text = JSON.stringify(services[label]).replaceAll(label, 'LABEL');
  const service = JSON.parse(text) as ComposeService;
  return { ...without(service, ['image']), labels: { ...service.labels, 'rollproof.revision': 'N' } };
}
