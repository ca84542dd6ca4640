/** Asked by machines many times a minute: not traced, not logged, and never met by a defect. */
const INTERNAL_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

export function isInternalPath(path: string): boolean {
  return INTERNAL_PATHS.has(path);
}
