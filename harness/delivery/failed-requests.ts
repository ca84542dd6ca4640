import type { RequestSample } from './ports';

/** Ids that are kept. A rollout that costs more has no need of a list. */
const IDS_MAX = 20_000;

/** The ids of the requests that failed, by revision, as long as they are not too many. */
export class FailedRequests {
  readonly #ids = new Map<string, Set<string>>();
  readonly #leftOut = new Map<string, number>();
  #count = 0;

  constructor(private readonly idsMax = IDS_MAX) {}

  add({ id, revision, error }: RequestSample): void {
    if (!error) return;
    if (this.#count >= this.idsMax) {
      this.#leftOut.set(revision, (this.#leftOut.get(revision) ?? 0) + 1);
      return;
    }
    this.#count += 1;
    this.#idsOf(revision).add(id);
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
