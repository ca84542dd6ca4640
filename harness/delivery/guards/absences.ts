/** A time in which a front saw no replica of a revision that could take traffic, wall ms. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far back they are remembered, ms. */
const REMEMBERED_MS = 60_000;

/** With what was seen now: `isNew` begins one, else the latest goes on. */
export function withAbsence(absences: readonly Absence[], nowMs: number, isNew: boolean): readonly Absence[] {
  const known = absences.filter(({ toMs }) => toMs > nowMs - REMEMBERED_MS);
  const last = known.at(-1);
  if (isNew || last === undefined) return [...known, { fromMs: nowMs, toMs: nowMs }];
  return [...known.slice(0, -1), { ...last, toMs: nowMs }];
}

/** How long all of them were, ms. */
export function totalMs(absences: readonly Absence[]): number {
  return absences.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** As a person would say it; `undefined` where there was none. */
export function absencesText(absences: readonly Absence[]): string | undefined {
  if (absences.length === 0) return undefined;
  // Seen once is no time.
  if (totalMs(absences) === 0) return 'was not usable when its front was asked';
  const allMs = `${Math.round(totalMs(absences))} ms`;
  if (absences.length === 1) return `was not usable for ${allMs}`;
  return `comes and goes: not usable ${absences.length} times within ${REMEMBERED_MS / 1_000} s, ${allMs} in all`;
}
