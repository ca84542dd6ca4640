import type { WrongAnswer } from '../contract/wrong-answer';
import { monotonicMs } from '../core/clock';
import { Recent } from '../core/recent';
import type { RequestSample } from './sample';

/**
 * How long one of the two is remembered until the other comes. The front tells of a request when it has answered; the load when the whole
 * answer of the service that it asked is there, which it waits for at most 10 s.
 */
const REMEMBERED = { forMs: 15_000, most: 50_000 };

/**
 * Brings together what a front saw and what the load found wrong, by request id, whichever comes first. A wrong answer makes one request
 * a failed one, once: of several with its id (whoever called tried again, or asks twice) the latest, whose answer was used.
 *
 * Why an answer is wrong, nobody knows; that a revision handled the request is all that speaks against it. So it does for stable too: what
 * has another cause hits both revisions by their share of the traffic, and the judge compares them over the same seconds.
 */
export class WrongAnswers {
  readonly #samples: Recent<RequestSample>;
  readonly #waiting: Recent<string>;

  constructor(now: () => number = monotonicMs) {
    this.#samples = new Recent(REMEMBERED, now);
    this.#waiting = new Recent(REMEMBERED, now);
  }

  /** The sample as it is to be told. */
  take(sample: RequestSample): RequestSample {
    const reason = this.#waiting.take(sample.id);
    if (reason !== undefined) return found(sample, reason);
    this.#samples.put(sample.id, sample);
    return sample;
  }

  /** The sample that was told of the request, and what it is now; `undefined` when there was none, or nothing changes. */
  find({ id, reason }: WrongAnswer): { readonly before: RequestSample; readonly now: RequestSample } | undefined {
    const before = this.#samples.take(id);
    if (before === undefined) this.#waiting.put(id, reason);
    if (before === undefined || before.error) return undefined;
    return { before, now: found(before, reason) };
  }
}

/** What the front knows to have failed has failed by its own. */
function found(sample: RequestSample, wrong: string): RequestSample {
  return sample.error ? sample : { ...sample, error: true, clientError: false, wrong };
}
