import type { ServiceDefinition } from '../compose/definition';
import type { ComposeModel } from '../compose/model';
import { allowedMounts } from '../compose/mounts/allow';
import { planMounts } from '../compose/mounts/plan';
import { prepareMounts } from '../compose/mounts/prepare';
import { mergeRecords, NO_MOUNTS, type MountRecord } from '../compose/mounts/record';
import { checkMounts } from '../compose/mounts/refusals';
import { surveyMounts } from '../compose/mounts/survey';
import { wantedMounts, type Mounting } from '../compose/mounts/wanted';
import type { LoadedConfig } from '../contract/config-file';
import { HarnessError } from '../core/errors';
import { contentHash } from '../core/ids';
import { addMounts, readMounts } from './mount-file';

/** What of a configuration mounts depend on. */
type Mounted = Pick<LoadedConfig, 'directory' | 'project' | 'stateDirectory'> & {
  readonly config: Pick<LoadedConfig['config'], 'allow'>;
};

/** The services of a model, as far as they mount something. */
export function mountingIn({ services, volumes = {} }: ComposeModel): Mounting[] {
  return Object.entries(services).map(([name, service]) => ({ name, service, volumes }));
}

/**
 * What services mount of this machine, looked at; what is known already is believed. Changes nothing.
 * @throws HarnessError `service-unsupported`
 */
export function lookAtMounts(
  { config, directory }: Pick<Mounted, 'config' | 'directory'>,
  all: readonly Mounting[],
  known: MountRecord = NO_MOUNTS,
): MountRecord {
  const wanted = wantedMounts(all, allowedMounts(config.allow ?? [], directory));
  const unknown = wanted.map(({ source }) => source).filter((source) => !Object.hasOwn(known.looks, source));
  const record = mergeRecords(known, { wanted, looks: surveyMounts(unknown) });
  checkMounts(record);
  return record;
}

export interface StackMounts {
  readonly loaded: Mounted;
  readonly helperImage: string;
  readonly model: ComposeModel;
  readonly revisions: readonly { readonly service: string; readonly definition: ServiceDefinition }[];
  readonly signal?: AbortSignal;
}

/**
 * Makes what has to stand for everything that a stack mounts of this machine, and writes it down. What stands already stays; where that cannot
 * be, nothing is changed.
 * @throws HarnessError `service-unsupported`, `mount-too-large`, `helper-failed`, `stack-outdated`
 */
export async function makeMounts({ loaded, helperImage, model, revisions, signal }: StackMounts): Promise<MountRecord> {
  const { project, stateDirectory } = loaded;
  const known = readMounts(stateDirectory);
  const ofRevisions = revisions.map(({ service, definition }) => {
    return { name: service, service: definition.service, volumes: { ...definition.volumes, ...model.volumes } };
  });
  const record = lookAtMounts(loaded, [...mountingIn(model), ...ofRevisions], known);
  if (record.wanted.length === known.wanted.length) return known;
  const made = planMounts(known);
  requireSame(known, record);
  const options = { project, helperImage, made, ...(signal === undefined ? {} : { signal }) };
  const prepared = await prepareMounts(record, options);
  requireSame(known, prepared);
  addMounts(stateDirectory, prepared);
  return prepared;
}

/** What runs goes on with what stands for its mounts; something new may need that to be something else. */
function requireSame(known: MountRecord, record: MountRecord): void {
  const before = planMounts(known).stands;
  const after = planMounts(record).stands;
  const other = Object.keys(before).find((source) => contentHash(before[source]) !== contentHash(after[source]));
  if (other === undefined) return;
  const more = record.wanted.filter(({ source }) => !Object.hasOwn(before, source)).map(({ source }) => source);
  throw new HarnessError('stack-outdated', {
    message: `${more.join(', ') || other} cannot be mounted beside ${other}, which is mounted already: they would not see what the other writes`,
    facts: { source: other, more },
    hint: 'Take the stack down and bring it up again. Nothing was changed.',
  });
}
