import { HarnessError } from '../core/errors';
import { contentHash } from '../core/ids';
import { referencesIn } from './definition';
import type { ComposeModel, ComposeResource, ComposeService } from './model';

type Resources = Readonly<Record<string, ComposeResource | null>>;

/** Where a secret or configuration from the environment keeps its value, with `$$` for a dollar sign, as all else in a model. */
const VALUE_KEY = 'x-rollproof-value';

const KINDS = ['secrets', 'configs'] as const;

/** The variables that secrets and configurations of a project take their content from. */
export function namesOfValues(model: ComposeModel): string[] {
  const all = KINDS.flatMap((kind) => Object.values(model[kind] ?? {}));
  return [...new Set(all.flatMap((resource) => environmentOf(resource) ?? []))];
}

/**
 * The model whose secrets and configurations from the environment have their values with them, under names of ours: an instrumented model
 * runs elsewhere, later, and by another process, where the user's `.env` is not read; and a revision keeps what it was made with.
 * @throws HarnessError `compose-invalid` for one that a service uses and nobody sets
 */
export function carryValues(model: ComposeModel, values: Readonly<Record<string, string>>): ComposeModel {
  const carried = KINDS.flatMap((kind) => {
    const section = model[kind];
    if (section === undefined) return [];
    const entries = Object.entries(section).map(([name, resource]) => {
      const variable = environmentOf(resource);
      if (variable === undefined) return [name, resource] as const;
      const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
      if (value !== undefined) return [name, { ...resource, environment: ownName(value), [VALUE_KEY]: value }] as const;
      const user = Object.entries(model.services).find(([, service]) => uses(service, kind, name))?.[0];
      if (user !== undefined) throw notSet({ kind, name, variable, user });
      return [name, resource] as const;
    });
    return [[kind, Object.fromEntries(entries)] as const];
  });
  return { ...model, ...Object.fromEntries(carried) };
}

/** The variables that an instrumented model is run with. */
export function carriedEnvironment(model: Pick<ComposeModel, 'secrets' | 'configs'>): Record<string, string> {
  const values = KINDS.flatMap((kind) => Object.values<ComposeResource | null>((model[kind] as Resources) ?? {}));
  return Object.fromEntries(
    values.flatMap((resource) => {
      const [name, value] = [environmentOf(resource), resource?.[VALUE_KEY]];
      return name === undefined || typeof value !== 'string' ? [] : [[name, value.replaceAll('$$', '$')] as const];
    }),
  );
}

function environmentOf(resource: ComposeResource | null): string | undefined {
  const name = resource?.['environment'];
  return typeof name === 'string' && resource?.external !== true ? name : undefined;
}

function ownName(value: string): string {
  return `ROLLPROOF_VALUE_${contentHash(value)}`;
}

function uses(service: ComposeService, kind: 'secrets' | 'configs', name: string): boolean {
  return referencesIn(service[kind]).some(({ source }) => source === name);
}

function notSet(found: { kind: string; name: string; variable: string; user: string }): HarnessError {
  const { kind, name, variable, user } = found;
  return new HarnessError('compose-invalid', {
    message: `${kind.slice(0, -1)} ${name}, which ${user} uses, is taken from the variable ${variable}, and that is not set`,
    facts: found,
    hint: `Set ${variable} in the environment or in \`.env\` beside the compose files.`,
  });
}
