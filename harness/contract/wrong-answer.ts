/** A complete answer that the load found wrong: its status is not one of those expected, or its kind's check says why. */
export interface WrongAnswer {
  /** The request's `x-request-id`. */
  readonly id: string;
  /** Few different ones: they are counted, and told to people. */
  readonly reason: string;
}
