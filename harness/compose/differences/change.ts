/** Where something of a user's project stands: a service as it runs, what its front shows of it, or a section of the project. */
export type Place = 'plain' | 'revision' | 'front' | 'networks' | 'volumes' | 'secrets' | 'configs' | 'project';

/** One key that is not in the instrumented model what it was in the user's. */
export interface Change {
  readonly place: Place;
  /** The service, network, volume, secret or configuration; of the project the section. */
  readonly name: string;
  /** From there: `['networks', 'default', 'aliases']`. */
  readonly path: readonly string[];
  /** `undefined` where it was not there. */
  readonly was: unknown;
  /** `undefined` where it is gone. */
  readonly is: unknown;
}

/** What an image brings, and an empty list takes away. */
const TAKEN_AWAY = new Set(['command', 'entrypoint', 'test']);

type At = Pick<Change, 'place' | 'name'>;

/**
 * Every key, as deep as there are keys, whose values differ. Nothing and something empty are the same to Compose; but an empty list is how a
 * command is taken away, and a variable without a value is one.
 */
export function changesBetween(at: At, was: unknown, is: unknown, path: readonly string[] = []): Change[] {
  const [before, after] = [was, is].map((value) => emptied(value, path));
  if (mayHaveKeys(before) && mayHaveKeys(after)) {
    const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
    return keys.flatMap((key) => changesBetween(at, own(before, key), own(after, key), [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((one, index) => changesBetween(at, one, after[index], [...path, String(index)]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ ...at, path, was: before, is: after }];
}

function own(record: object | undefined, key: string): unknown {
  return record !== undefined && Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : undefined;
}

function emptied(value: unknown, path: readonly string[]): unknown {
  if (value === null) return path[0] === 'environment' ? null : undefined;
  if (Array.isArray(value)) return value.length === 0 && !TAKEN_AWAY.has(path.at(-1) ?? '') ? undefined : value;
  return typeof value === 'object' && Object.keys(value).length === 0 ? undefined : value;
}

function mayHaveKeys(value: unknown): value is object | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
}
