import { definitionOf } from '../definition';
import { instrument, type InstrumentOptions, type RenderedRevision } from '../instrument';
import type { ComposeModel, ComposeService } from '../model';
import { outsideContainers } from '../namespaces';
import { revisionLabel } from '../own-names';
import { workerDefinition } from '../worker-service';
import { changesBetween, type Change } from './change';
import { RULES, type Known, type Rule } from './rules';

/** A change and what made it; without a rule nobody knows, and that is a mistake of ours. */
export interface Difference extends Change {
  readonly rule?: Rule;
}

/** Of what a service is, all that others see: that is its front's. */
const OF_THE_FRONT = ['networks', 'ports', 'depends_on'] as const;

const SECTIONS = ['networks', 'volumes', 'secrets', 'configs'] as const;

/**
 * The instrumented model held against the user's, key by key: a plain service against itself, one with revisions against the revision that
 * is made of it now, and what others see of it against its front. The whole definition of a front is ours.
 */
export function differences(options: Omit<InstrumentOptions, 'revisions'>): Difference[] {
  const own = { ...options, revisions: firstRevisions(options) };
  return explained(own, instrument(own));
}

/** As {@link differences}, of a model that was instrumented already, with a revision of each service. */
export function explained(options: InstrumentOptions, made: ComposeModel): Difference[] {
  const known: Known = { ...options, made };
  const { model, managed, workers = {} } = options;
  const changes = Object.entries(model.services).flatMap(([name, service]) => {
    const was = normal(service);
    if (Object.hasOwn(workers, name)) return revisionChanges(name, was, known);
    if (!Object.hasOwn(managed, name)) {
      return changesBetween({ place: 'plain', name }, was, normal(made.services[name] ?? {}));
    }
    const shown = (whole: ComposeService) => Object.fromEntries(OF_THE_FRONT.map((key) => [key, whole[key]]));
    const front = changesBetween({ place: 'front', name }, shown(was), shown(made.services[name] ?? {}));
    return [...front, ...revisionChanges(name, was, known)];
  });
  const all = [...changes, ...sectionChanges(model, made), ...projectChanges(model, made)];
  return all.map((change) => {
    const rule = RULES.find((one) => one.explains(change, known));
    return rule === undefined ? change : { ...change, rule };
  });
}

/** What a person is told of a project: where it is other than `docker compose up` would have it, and it may be felt. */
export function remarksOn(options: Omit<InstrumentOptions, 'revisions'>): string[] {
  const all = differences(options);
  const known: Known = { ...options, revisions: firstRevisions(options), made: { services: {} } };
  const told = RULES.flatMap((rule) => {
    const { tell, isFelt = () => true, subject = ({ name }: Change) => name } = rule;
    const felt = all.filter((one) => one.rule === rule && isFelt(one, known));
    if (tell === undefined || felt.length === 0) return [];
    return [tell([...new Set(felt.map(subject))].join(', '))];
  });
  const unexplained = all.filter(({ rule }) => rule === undefined);
  return [
    ...told,
    ...remarksOnServices(options),
    ...unexplained.map(
      ({ name, path }) => `${[name, ...path].join('.')}: is not what it was, and nothing says why; please report it`,
    ),
  ];
}

/** What stays as it is, and means something else behind a front or in a run. */
function remarksOnServices({ model, managed, workers = {} }: Omit<InstrumentOptions, 'revisions'>): string[] {
  const has = (asked: (service: ComposeService) => unknown, only: (name: string) => boolean = () => true) =>
    Object.entries(model.services).flatMap(([name, service]) => (Boolean(asked(service)) && only(name) ? [name] : []));
  const isDeployed = (name: string) => Object.hasOwn(managed, name) || Object.hasOwn(workers, name);
  const said: readonly (readonly [readonly string[], string])[] = [
    [
      has(({ network_mode: mode }) => mode === 'host'),
      'is on the network of this machine: it listens on all its addresses, another stack that does meets it there, and no fault can be put on it',
    ],
    [
      has((service) => outsideContainers(service).length > 0),
      'shares something of a container outside of the stack, which must be there',
    ],
    [has(({ pre_stop: hooks }) => hooks, isDeployed), 'pre_stop is not run when a revision is taken away'],
    [
      has(({ logging }) => (logging as { driver?: string } | undefined)?.driver === 'none'),
      'writes no log that could be read afterwards',
    ],
  ];
  return said.flatMap(([names, sentence]) => (names.length === 0 ? [] : [`${names.join(', ')}: ${sentence}`]));
}

function firstRevisions({ model, managed, workers = {} }: Omit<InstrumentOptions, 'revisions'>): RenderedRevision[] {
  return [...Object.keys(managed), ...Object.keys(workers)].map((service) => {
    const definition = definitionOf(model, service);
    const worker = Object.hasOwn(workers, service) ? workers[service] : undefined;
    return {
      ...{ service, number: 1, label: revisionLabel(service, 1) },
      definition: worker === undefined ? definition : workerDefinition(definition, worker),
    };
  });
}

function revisionChanges(name: string, was: ComposeService, { made, revisions }: Known): Change[] {
  const label = revisions.find(({ service }) => service === name)?.label ?? '';
  return changesBetween({ place: 'revision', name }, was, normal(made.services[label] ?? {}));
}

function sectionChanges(model: ComposeModel, made: ComposeModel): Change[] {
  return SECTIONS.flatMap((place) => {
    const [before, after] = [model[place] ?? {}, made[place] ?? {}];
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesBetween({ place, name }, before[name], after[name]));
  });
}

/** What is no service and none of the sections. */
function projectChanges(model: ComposeModel, made: ComposeModel): Change[] {
  const others = (whole: ComposeModel) =>
    Object.keys(whole).filter((key) => key !== 'services' && !(SECTIONS as readonly string[]).includes(key));
  const names = [...new Set([...others(model), ...others(made)])];
  return names.flatMap((name) => changesBetween({ place: 'project', name }, model[name], made[name]));
}

/** A service whose lists that stand for maps are maps. */
function normal(service: ComposeService): ComposeService {
  const { environment, labels, ...rest } = service;
  return {
    ...rest,
    ...(environment === undefined ? {} : { environment: mapOf(environment) }),
    ...(labels === undefined ? {} : { labels: mapOf(labels) as Record<string, string> }),
  };
}

function mapOf(value: NonNullable<ComposeService['environment']>): Record<string, string | null> {
  if (!Array.isArray(value)) return value as Record<string, string | null>;
  const entries = (value as readonly string[]).map((entry) => {
    const cut = entry.indexOf('=');
    return cut < 0 ? ([entry, null] as const) : ([entry.slice(0, cut), entry.slice(cut + 1)] as const);
  });
  return Object.fromEntries(entries);
}
