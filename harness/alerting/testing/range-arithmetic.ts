import { SCRAPE_INTERVAL_MS } from '../compression';
import { KEEP_FIRING_MS } from '../define-alert';
import { MIN_BAD_PER_WINDOW } from '../promql';
import { counters, LEAD_S, type AlertCase, type States } from './alert-case';

const STEP_S = SCRAPE_INTERVAL_MS / 1_000;
const KEEP_FIRING_S = KEEP_FIRING_MS / 1_000;

/** A series is taken to begin with the range where its first sample is nearer to that than this many distances of samples. */
const NEAR_START = 1.1;

/**
 * What an alert on a share of requests does in a case, computed from Prometheus' definition of `increase` and of an alert's states. A range
 * has both its ends in version 2, and no longer its left one in version 3: on a grid it holds a sample less, and a sample's distance less
 * of the past.
 */
export function computedStates(
  one: AlertCase,
  rule: { readonly above: number; readonly windowMs: number; readonly forMs: number },
  major: number,
): States {
  const { good, bad } = counters(one);
  const all = good.map((value, index) => value + (bad[index] ?? 0));
  const windowS = rule.windowMs / 1_000;
  const alert = new AlertStates(rule.forMs / 1_000);
  const states = all.map((_, index): States[number] => {
    const badOnes = increase(bad, { index, windowS, major });
    const requests = increase(all, { index, windowS, major });
    const isBad = requests > 0 && badOnes / requests > rule.above && badOnes >= MIN_BAD_PER_WINDOW;
    return alert.evaluate(index * STEP_S, isBad);
  });
  const at = (afterS: string) => states[(LEAD_S + Number(afterS)) / STEP_S] ?? 'inactive';
  const asked = Object.keys({ ...one.expected, ...one.expectedIn3 });
  return Object.fromEntries(asked.map((afterS) => [afterS, at(afterS)]));
}

function increase(
  values: readonly number[],
  { index, windowS, major }: { readonly index: number; readonly windowS: number; readonly major: number },
): number {
  const first = Math.max(0, Math.floor(index - windowS / STEP_S) + (major >= 3 ? 1 : 0));
  if (first >= index) return Number.NaN;
  const from = values[first] ?? 0;
  const raw = (values[index] ?? 0) - from;
  const sampledS = (index - first) * STEP_S;
  const missingS = windowS - sampledS;
  const toStartS = missingS >= NEAR_START * STEP_S ? STEP_S / 2 : missingS;
  // A counter that rises as it does now was at nothing then: it is not extrapolated to before that.
  const toZeroS = raw > 0 ? (sampledS * from) / raw : Infinity;
  return (raw * (sampledS + Math.min(toStartS, toZeroS))) / sampledS;
}

class AlertStates {
  #activeS: number | undefined;
  #isFiring = false;
  #goodS: number | undefined;

  constructor(private readonly forS: number) {}

  evaluate(atS: number, isBad: boolean): States[number] {
    if (isBad) {
      this.#activeS ??= atS;
      this.#goodS = undefined;
    } else {
      this.#goodS ??= atS;
      if (!this.#isFiring || atS - this.#goodS >= KEEP_FIRING_S) this.#activeS = undefined;
    }
    this.#isFiring = this.#activeS !== undefined && (this.#isFiring || atS - this.#activeS >= this.forS);
    return this.#isFiring ? 'firing' : this.#activeS === undefined ? 'inactive' : 'pending';
  }
}
