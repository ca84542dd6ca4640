import type { ErrorKind } from '../core/error-codes';
import type { Place } from '../contract/lines/scenario';
import type { NightlyFigure, NightlyTry } from '../contract/nightly-history';

/** How a candidate is tried. */
export type Means =
  | { readonly kind: 'scenario'; readonly file: string }
  | {
      readonly kind: 'command';
      /** A program and its arguments. */
      readonly command: readonly string[];
      /** The folder where it leaves figures, as JSON: `[{name, value, unit}]`. Its newest file is read. */
      readonly figuresIn?: string;
    };

/** What a night may try. */
export interface Candidate {
  /** Of the scenario; `command:` and the name of a command. The same from night to night. */
  readonly id: string;
  readonly title: string;
  readonly phase: string;
  readonly place?: Place;
  readonly means: Means;
  /** What it takes, ms, as long as no night has timed it. Default: a guess by its kind. */
  readonly guessMs?: number;
}

/** How one try of tonight ended. */
export interface Tried extends NightlyTry {
  readonly kind?: ErrorKind;
  readonly reason?: string;
  /** Its own report, relative to the night's folder. */
  readonly report?: string;
}

/** What became of candidates that were tried together. */
export interface BatchResult {
  readonly tries: readonly Tried[];
  readonly figures: readonly NightlyFigure[];
  readonly tookMs: number;
  /** Why nothing more can be tried on this machine. */
  readonly stop?: string;
}
