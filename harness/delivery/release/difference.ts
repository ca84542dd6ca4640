import type { ReleaseStep } from '../../contract/release-result';
import { HarnessError } from '../../core/errors';
import { entryOf, isRecord } from '../../core/guards';
import { contentHash } from '../../core/ids';
import { changedPaths } from '../changed-paths';
import type { ProjectVersion, ServiceKind, ServiceVersion } from './version';

/** A step with what it comes from, for whoever plans. */
export interface PlannedReleaseStep extends ReleaseStep {
  /** Of N+1; of a step that retires, N's. */
  readonly image: string;
  /** What is different, by name, without values; nothing where the service is new or gone. */
  readonly changes: readonly string[];
}

/** Among steps that could both come next: what is new disturbs nobody, a migration comes before what it is for. */
const URGENCY: readonly ReleaseStep['kind'][] = ['start', 'run', 'replace', 'roll-out', 'retire'];

/**
 * What leads from one version of a project to another, in order: each step after those of the services that it depends on, through
 * services that do not change too; what is gone comes last, its dependents first. Nothing when both are the same.
 * @throws HarnessError `release-unfit` for a service that is of another kind than it was
 */
export function releaseSteps(from: ProjectVersion, to: ProjectVersion): PlannedReleaseStep[] {
  const steps = Object.entries(to).flatMap(([service, next]) => stepOf(service, entryOf(from, service), next) ?? []);
  const gone = Object.entries(from)
    .filter(([service, { kind }]) => !Object.hasOwn(to, service) && kind !== 'job')
    .map(([service, { image }]) => ({ kind: 'retire' as const, service, image, changes: [] }));
  return [...inOrder(steps, to), ...inOrder(gone, from).reverse()];
}

/** By which a job is told from what stays: somebody waits for its end. */
export function kindsOf(options: {
  readonly services: Readonly<Record<string, { readonly depends_on?: Readonly<Record<string, unknown>> }>>;
  readonly managed: readonly string[];
}): (service: string) => ServiceKind {
  const { services, managed } = options;
  const jobs = new Set(
    Object.values(services).flatMap(({ depends_on: dependsOn = {} }) =>
      Object.entries(dependsOn).flatMap(([service, how]) => (isAwaitedToEnd(how) ? [service] : [])),
    ),
  );
  return (service) => (managed.includes(service) ? 'managed' : jobs.has(service) ? 'job' : 'plain');
}

function isAwaitedToEnd(how: unknown): boolean {
  return isRecord(how) && how['condition'] === 'service_completed_successfully';
}

function stepOf(
  service: string,
  before: ServiceVersion | undefined,
  next: ServiceVersion,
): PlannedReleaseStep | undefined {
  const { kind, image } = next;
  if (before === undefined) {
    return { kind: kind === 'job' ? 'run' : 'start', service, image, changes: [] };
  }
  if (before.kind !== kind) throw otherKind(service, before.kind, kind);
  const changes = changesBetween(before, next);
  if (changes.length === 0) return undefined;
  return { kind: CHANGE[kind], service, image, changes };
}

const CHANGE = { managed: 'roll-out', job: 'run', plain: 'replace' } as const satisfies Record<
  ServiceKind,
  ReleaseStep['kind']
>;

/** An image's name is none: equal content under another name is no release. */
function changesBetween(before: ServiceVersion, next: ServiceVersion): string[] {
  const content = before.content === next.content ? [] : ['image'];
  if (contentHash(before.madeOf) === contentHash(next.madeOf)) return content;
  return [...content, ...changedPaths(before.madeOf, next.madeOf)];
}

/** Each after those that it depends on; which are free is decided by urgency, then by name. Compose refuses a circle. */
function inOrder(steps: readonly PlannedReleaseStep[], version: ProjectVersion): PlannedReleaseStep[] {
  const left = [...steps].sort(
    (one, other) => URGENCY.indexOf(one.kind) - URGENCY.indexOf(other.kind) || (one.service < other.service ? -1 : 1),
  );
  const ordered: PlannedReleaseStep[] = [];
  while (left.length > 0) {
    const waiting = new Set(left.map(({ service }) => service));
    const free = left.findIndex(({ service }) => ![...behind(service, version)].some((name) => waiting.has(name)));
    ordered.push(...left.splice(Math.max(0, free), 1));
  }
  return ordered;
}

/** All that a service depends on, through others too. */
function behind(service: string, version: ProjectVersion): Set<string> {
  const found = new Set<string>();
  const look = (name: string) => {
    for (const next of entryOf(version, name)?.dependsOn ?? []) {
      if (found.has(next) || next === service) continue;
      found.add(next);
      look(next);
    }
  };
  look(service);
  return found;
}

function otherKind(service: string, was: ServiceKind, is: ServiceKind): HarnessError {
  return new HarnessError('release-unfit', {
    message: `${service} is ${NAMES[was]} now, and ${NAMES[is]} in the version to go to`,
    facts: { service, was, is },
    hint: 'Take the stack down and bring it up again, or give the service another name there. Nothing was changed.',
  });
}

const NAMES: Readonly<Record<ServiceKind, string>> = {
  managed: 'managed',
  job: 'a job that others wait for',
  plain: 'neither managed nor a job',
};
