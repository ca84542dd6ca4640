import type { LatencySpec } from './protocol.ts';

/** What the proxy knows of one edge: its fault, its figures, its connections. */
export class Route {
  readonly edge: string;
  latency: LatencySpec | undefined;
  readonly carried = new Set<Carried>();
  connections = 0;
  bytesUp = 0;
  bytesDown = 0;
  delayedChunks = 0;
  delayedMs = 0;
  lateMsMax = 0;
  dialFailures = 0;

  constructor(edge: string) {
    this.edge = edge;
  }
}

/** One connection that the proxy carries. */
export interface Carried {
  /** When it last carried a byte, monotonic ms. */
  readonly lastByteMs: number;
  /** Gives away what is held back: the fault has ended. */
  flush(): void;
  /** Closes it as a server closes an idle connection. */
  end(): void;
  destroy(): void;
}
