import type { Scenario } from './scenario';

/** The tag of what takes too long for every run, and belongs into the night. */
export const NIGHTLY = 'nightly';

/** Which scenarios a run tries. */
export interface Selection {
  /** Only those with one of these tags. Default: all that are not tagged {@link NIGHTLY}. */
  readonly tags?: readonly string[];
  /** Only those with one of these titles or ids, whatever their tags. */
  readonly named?: readonly string[];
  /** Without tags: all of them, for the night or not. Default false. */
  readonly night?: boolean;
}

/** The scenarios of one file that a run tries. Of those that say `only`, only those; who is named is tried whatever its tags. */
export function selected<Each extends Scenario>(scenarios: readonly Each[], selection: Selection = {}): Each[] {
  const { named = [] } = selection;
  if (named.length > 0) return scenarios.filter(({ id, title }) => named.includes(id) || named.includes(title));
  const only = scenarios.filter((scenario) => scenario.only === true);
  return (only.length > 0 ? only : scenarios).filter((scenario) => hasItsTime(scenario, selection));
}

/** Whether a scenario's tags let this run try it. */
export function hasItsTime(
  { tags: own = [], only }: Pick<Scenario, 'tags' | 'only'>,
  { tags = [], night = false }: Selection,
): boolean {
  if (tags.length > 0) return own.some((tag) => tags.includes(tag));
  return night || only === true || !own.includes(NIGHTLY);
}

/** Words that somebody wrote with commas between: `slow,matrix`. */
export function listed(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
