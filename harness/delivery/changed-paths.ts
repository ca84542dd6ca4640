import { isRecord } from '../core/guards';

/** Where two values differ, by the names that lead there: `definition.service.environment.LOG_LEVEL`. A list is one value. */
export function changedPaths(one: unknown, other: unknown, path: readonly string[] = []): string[] {
  if (isRecord(one) && isRecord(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
    return names.flatMap((name) => changedPaths(one[name], other[name], [...path, name]));
  }
  return JSON.stringify(one) === JSON.stringify(other) ? [] : [path.join('.')];
}
