/** What becomes of a key: it means what it means to Compose, it does with something that a person is told, or a project with it is refused. */
export type Answer = 'works' | 'told' | 'refused';

/** One key of compose files, or one way to use it. */
export interface Support {
  /** `services.pid`, `networks.external`. */
  readonly key: string;
  /** Of the values that it may have, which. Default: any. */
  readonly when?: string;
  readonly answer: Answer;
  /** As a sentence without its full stop; of what simply works there is none. */
  readonly why?: string;
}

/** Keys of a section that all mean what they mean to Compose. */
export function working(section: string, keys: string): Support[] {
  return keys
    .split(/\s+/)
    .filter((key) => key !== '')
    .map((key) => ({ key: `${section}.${key}`, answer: 'works' as const }));
}
