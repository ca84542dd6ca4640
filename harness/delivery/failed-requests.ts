import type { RequestSample } from './ports';

/** Ids that are kept. A rollout that costs more has no need of a list. */
const IDS_MAX = 20_000;

/**
 * The ids of the requests that failed, by revision, as long as they are not too many. One that a revision had in its hands for another one that
 * could not take it is of both: which of them lost it, its line does not say.
 */
export class FailedRequests {
  readonly #ids = new Map<string, Set<string>>();
  readonly #leftOut = new Map<string, number>();
  #count = 0;

  constructor(private readonly idsMax = IDS_MAX) {}

  add({ id, revision, servedBy, error }: RequestSample): void {
    if (!error) return;
    const isKept = this.#count < this.idsMax;
    if (isKept) this.#count += 1;
    for (const of of new Set([revision, servedBy ?? revision])) {
      if (isKept) this.#idsOf(of).add(id);
      else this.#leftOut.set(of, (this.#leftOut.get(of) ?? 0) + 1);
    }
  }

  /** Those of a revision, and how many more were not kept. The ids grow with what is added later. */
  of(revision: string): { readonly ids: ReadonlySet<string>; readonly leftOut: number } {
    return { ids: this.#idsOf(revision), leftOut: this.#leftOut.get(revision) ?? 0 };
  }

  #idsOf(revision: string): Set<string> {
    const ids = this.#ids.get(revision) ?? new Set();
    this.#ids.set(revision, ids);
    return ids;
  }
}
