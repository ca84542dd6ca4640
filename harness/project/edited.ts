import type { ComposeModel } from '../compose/model';
import type { LoadedConfig } from '../contract/config-file';
import { entryOf } from '../core/guards';
import { contentHash } from '../core/ids';
import type { Revision } from '../delivery/revisions/revision';
import { configHash, type KeptStack } from './kept-stack';
import { definedIn, workersOf } from './plan';

/** Of a project's own sections, those that a running stack was made from. */
const SECTIONS = ['networks', 'volumes', 'secrets', 'configs'] as const;

/**
 * What has been edited since a stack came up, by name: `rollproof.config.ts`, services, sections of the compose files. A managed service
 * or a worker is held against its stable revision, since a deploy takes its definition over; all else stays as it is until the stack comes up anew.
 */
export function editedSince(
  loaded: LoadedConfig,
  kept: KeptStack,
  { next, stable }: { readonly next: ComposeModel; readonly stable: (service: string) => Revision | undefined },
): string[] {
  const { model, managed, workers } = kept.plan;
  const deployed = { ...managed, ...workers, ...loaded.config.managed, ...workersOf(loaded.config) };
  const services = [...new Set([...Object.keys(model.services), ...Object.keys(next.services)])].filter((service) => {
    const [then, now] = [entryOf(model.services, service), entryOf(next.services, service)];
    if (then === undefined || now === undefined) return true;
    const settings = entryOf(managed, service) ?? entryOf(workers, service);
    if (settings === undefined) return differ(then, now);
    const revision = stable(service);
    const definition = definedIn(next, service, entryOf(deployed, service) ?? settings);
    return differ(revision?.definition, definition) || differ(ofFront(then), ofFront(now));
  });
  return [
    ...(configHash(loaded.config) === kept.configHash ? [] : ['rollproof.config.ts']),
    ...services.sort(),
    ...SECTIONS.filter((section) => differ(model[section], next[section])),
  ];
}

/** The parts of a managed service that are not its revisions' own. */
function ofFront({ image, ports, container_name: name }: ComposeModel['services'][string]) {
  return { image, ports, name };
}

function differ(one: unknown, other: unknown): boolean {
  return contentHash(one ?? null) !== contentHash(other ?? null);
}
