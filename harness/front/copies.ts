import { SHADOW_PORT, STATE_DIRECTORY } from '../compose/front-container.ts';

/**
 * A front can copy requests that read: for as long as it is asked to, it keeps the whole head of each (its authorization and cookies too) as
 * the key of an entry of a stick table, in its memory alone, for a few seconds; whoever asked fetches them there. A log line would be a
 * secret on a disk, and the mirror of HAProxy's stream processing wants an agent of its own beside each front, and gives the request away
 * without its answer.
 */
const TABLE = 'copies';

/** At most so many wait to be fetched; older ones make room. */
const COPIES_MAX = 64;
const KEPT_S = 10;

/** Characters of an entry's key, which is in base64: 6 KiB of a request's head. Longer ones are not copied. */
const KEY_MAX = 8_191;

/** What says until when the front copies, wall ms since the epoch: it ends by itself, whoever has died. */
const UNTIL_FILE = 'copy.map';
const UNTIL_KEY = 'until';
const UNTIL_MAP = `${STATE_DIRECTORY}/${UNTIL_FILE}`;

/** Methods whose requests change nothing (RFC 9110, 9.2.1): no other is copied. TRACE is one of them, and nobody serves it. */
export const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;

/** What a service can know a copy by: it is nobody's request, and nobody waits for its answer. */
export const SHADOW_HEADER = 'x-rollproof-shadow';

/** In a copy's answer: from its head to the head of its answer, µs, as the front measured it. */
export const SHADOW_TOOK_HEADER = 'x-rollproof-took-us';

/** A request without a body that reads, as it came to the front. */
export interface CopiedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case, in order; one may stand there more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export function isSafe(method: string): boolean {
  return SAFE_METHODS.some((safe) => safe === method);
}

/** The file that says until when, of a front that copies nothing. */
export function copyMap(): Record<string, string> {
  return { [UNTIL_FILE]: `${UNTIL_KEY} 0\n` };
}

/** Rules of the frontend with the traffic, after it is known what is pinned: neither that nor a probe of ours is a user's. */
export function copyingRules(probeId: string): string {
  return `  http-request set-var(txn.copy_until) str(${UNTIL_KEY}),map_str(${UNTIL_MAP},0),add(0)
  acl is_copying date(0,ms),sub(txn.copy_until) lt 0
  acl is_safe method ${SAFE_METHODS.join(' ')}
  acl has_more req.hdr(content-length),add(0) gt 0
  acl has_more req.hdr(transfer-encoding) -m found
  acl has_more req.hdr(upgrade) -m found
  acl is_ours var(txn.pinned) -m bool
  acl is_ours req.hdr(x-request-id) -m beg ${probeId}
  acl is_ours req.hdr(${SHADOW_HEADER}) -m found
  http-request set-var-fmt(txn.copy) "%[method].%[pathq,base64].%[req.hdrs,base64]" if is_copying is_safe !has_more !is_ours
  http-request track-sc1 var(txn.copy) table ${TABLE} if { var(txn.copy) -m found } { var(txn.copy),length le ${KEY_MAX} }`;
}

/** A backend that is only a table. */
export function copiesTable(): string {
  return `backend ${TABLE}
  stick-table type string len ${KEY_MAX + 1} size ${COPIES_MAX} expire ${KEPT_S}s
`;
}

/** Where copies come in: nothing is logged of them, and what does not read is refused once more. */
export function shadowEntrance(): string {
  return `  bind 127.0.0.1:${SHADOW_PORT}
  no log
  http-request deny status 405 unless { method ${SAFE_METHODS.join(' ')} }
  http-request set-header ${SHADOW_HEADER} 1
  http-request set-var(txn.begun_us) date(0,us)
  http-after-response set-header ${SHADOW_TOOK_HEADER} %[date(0,us),sub(txn.begun_us)]`;
}

/** Has a front copy until then, wall ms; 0 ends it. */
export function copyUntilCommand(untilMs: number): string {
  return `set map ${UNTIL_MAP} ${UNTIL_KEY} ${Math.ceil(untilMs)}`;
}

/** Gives what was copied, and forgets it. */
export const TAKE_COPIES = [`show table ${TABLE}`, `clear table ${TABLE}`] as const;

/** Reads the answer to `show table`; `undefined` when the front knows no such table: it is of an older version. */
export function parseCopies(lines: readonly string[]): readonly CopiedRequest[] | undefined {
  if (!lines.some((line) => line.startsWith(`# table: ${TABLE},`))) return undefined;
  return lines.flatMap((line) => {
    const key = /^0x\S+ key=(.*) use=\d+ /.exec(line)?.[1];
    return key === undefined ? [] : (parseCopy(key.replace(/\\(.)/g, '$1')) ?? []);
  });
}

function parseCopy(key: string): CopiedRequest | undefined {
  const [method = '', path = '', head = ''] = key.split('.');
  if (!isSafe(method)) return undefined;
  const headers = decoded(head)
    .split('\r\n')
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const];
    });
  return { method, path: decoded(path), headers };
}

/** Byte for byte: a header may hold what is no UTF-8. */
function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}
