import { z } from 'zod';
import type { Slot } from './config';

/** One request as the front saw it: the sample of the judge, and the proof of who served what. */
export interface WitnessLine {
  /** Wall ms of the first byte of the request, with fractions. */
  readonly startedAtMs: number;
  /** Of the routing that it was routed by; `undefined` for what was no request, and was never routed. */
  readonly epoch: number | undefined;
  /** `x-request-id`: the caller's, or made by the front. */
  readonly id: string;
  /** Label of the revision in `slot` when the request came. */
  readonly revision: string | undefined;
  /** The slot that served it; the one that was meant when no server did. */
  readonly slot: Slot | undefined;
  /** The slot that the weights or the pin chose. Differs from `slot` after a redispatch: then its replica failed. */
  readonly routedSlot: Slot | undefined;
  /** Label of the revision in `routedSlot`. */
  readonly routedRevision: string | undefined;
  /** Such as `green1`; `undefined` when none was reached. */
  readonly server: string | undefined;
  /** Sent to a revision by header, not by weight. */
  readonly pinned: boolean;
  readonly method: string;
  readonly path: string;
  /** 0 or below: no answer was sent. */
  readonly status: number;
  /** From the request's first byte to the answer's last. */
  readonly durationMs: number;
  /** -1 in these two: it never came to that. */
  readonly connectMs: number;
  readonly responseMs: number;
  readonly retries: number;
  readonly redispatched: boolean;
  /** HAProxy's termination state; `--` is a complete exchange. */
  readonly termination: string;
}

const shape = z.object({
  startedAtUs: z.number(),
  epoch: z.unknown(),
  id: z.string(),
  blue: z.string(),
  green: z.string(),
  routedSlot: z.string(),
  server: z.string(),
  pinned: z.union([z.boolean(), z.string()]),
  method: z.string(),
  path: z.string(),
  status: z.number(),
  durationMs: z.number(),
  connectMs: z.number(),
  responseMs: z.number(),
  retries: z.number(),
  redispatched: z.boolean(),
  termination: z.string(),
});

/** A line of the front's log, or `undefined` when it is none about a request: HAProxy also tells of servers that go and come. */
export function parseWitnessLine(text: string): WitnessLine | undefined {
  if (!text.startsWith('{')) return undefined;
  const parsed = shape.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { startedAtUs, epoch, blue, green, routedSlot: backend, server, pinned, ...line } = parsed.data;
  const routedSlot = backend === 'blue' || backend === 'green' ? backend : undefined;
  const served: Slot | undefined = /^blue\d/.test(server) ? 'blue' : /^green\d/.test(server) ? 'green' : undefined;
  const labelOf = (slot: Slot | undefined) => {
    const label = slot === undefined ? '' : { blue, green }[slot];
    return label === '' || label === '-' ? undefined : label;
  };
  const slot = served ?? routedSlot;
  return {
    ...line,
    startedAtMs: startedAtUs / 1_000,
    epoch: typeof epoch === 'number' ? epoch : undefined,
    revision: labelOf(slot),
    slot,
    routedSlot,
    routedRevision: labelOf(routedSlot),
    server: served === undefined ? undefined : server,
    pinned: pinned === true,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
