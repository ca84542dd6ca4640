import { setTimeout as sleep } from 'node:timers/promises';
import type { DefectName } from './defect-names';
import { HttpError } from './http-error';
import type { Answer } from './server';
import { SettingsError } from './settings';

/** Share of business requests that the defect `errors` answers with 500. */
export const ERROR_SHARE = 0.2;
/** The same of `few-errors`. */
export const FEW_ERRORS_SHARE = 0.02;
/** Share of business requests that the defect `client-errors` answers with 400. */
export const CLIENT_ERROR_SHARE = 0.2;
/** What the defect `slow` adds to each business request. */
export const SLOWNESS_MS = 400;
/** Share of business requests to which the defect `slow-tail` adds {@link TAIL_MS}. */
export const TAIL_SHARE = 0.03;
const TAIL_MS = 1_500;
/** Share of business requests that the defects `wrong-answers`, `empty-answers` and `cut-answers` answer with the right status, and not the right body. */
export const WRONG_SHARE = 0.2;
/** Share of business requests that the defect `hangs` never answers. */
export const HANG_SHARE = 0.1;
/** What the defect `slower-and-slower` adds to each business request for each second that the process has run, and for how many at most. */
export const SLOWER_MS_PER_S = 20;
const SLOWER_FOR_S = 100;
/** What the defect `leaks-memory` keeps of each business request: a container's limit of 256 MB is reached within a hundred. */
const LEAK_BYTES = 3 * 1_024 * 1_024;
/** When the defect `crashes-later` ends the process after it has begun to listen. */
const CRASH_AFTER_MS = 10_000;
/** For how long `pauses-once` stops, and at which business request. */
export const PAUSE_MS = 300;
export const PAUSE_AT_REQUEST = 100;
/** How long the defect `flaps` is ready, and then not, in turn. */
const FLAP_MS = 2_000;

/** What was built into an image. */
export interface Defect {
  /** Before the service listens; what it throws ends the process. */
  readonly boot: () => void;
  /** Once it listens. */
  readonly listening: () => void;
  /** The service listens on this many ports further up. */
  readonly portShift: number;
  readonly ignoresStop: boolean;
  readonly isReady: () => boolean;
  /** Runs before a business handler; may wait or throw. */
  readonly before: (requestId: string) => Promise<void> | void;
  /** What a business handler's answer becomes. */
  readonly after: (requestId: string, answer: Answer) => Answer;
}

const NONE: Defect = {
  boot: () => undefined,
  listening: () => undefined,
  portShift: 0,
  ignoresStop: false,
  isReady: () => true,
  before: () => undefined,
  after: (_requestId, answer) => answer,
};

/** What the kit does of a defect; those that need a service's own parts are in that service. */
export function defect(name: DefectName): Defect {
  switch (name) {
    case 'errors':
      return { ...NONE, before: failing(ERROR_SHARE) };
    case 'few-errors':
      return { ...NONE, before: failing(FEW_ERRORS_SHARE) };
    case 'client-errors':
      return { ...NONE, before: refuseSome };
    case 'wrong-answers':
      return { ...NONE, after: changing((answer) => ({ ...answer, body: {} })) };
    case 'empty-answers':
      return { ...NONE, after: changing(({ status }) => ({ status })) };
    case 'cut-answers':
      return { ...NONE, after: changing((answer) => ({ ...answer, isCut: true })) };
    case 'hangs':
      return { ...NONE, before: (requestId) => (isMet(requestId, HANG_SHARE) ? forever() : undefined) };
    case 'slow':
      return { ...NONE, before: () => sleep(SLOWNESS_MS) };
    case 'slow-tail':
      return { ...NONE, before: (requestId) => (isMet(requestId, TAIL_SHARE) ? sleep(TAIL_MS) : undefined) };
    case 'slower-and-slower':
      return { ...NONE, before: () => sleep(Math.min(process.uptime(), SLOWER_FOR_S) * SLOWER_MS_PER_S) };
    case 'leaks-memory':
      return { ...NONE, before: leaking() };
    case 'crashes-at-boot':
      return { ...NONE, boot: () => fail('cannot read the price list /app/prices.json') };
    case 'crashes-later':
      return {
        ...NONE,
        listening: () => void setTimeout(() => fail('the price list has no currency'), CRASH_AFTER_MS),
      };
    case 'wrong-settings':
      return { ...NONE, boot: refuseEnvironment };
    case 'wrong-port':
      return { ...NONE, portShift: 1 };
    case 'never-ready':
      return { ...NONE, isReady: () => false };
    case 'flaps':
      return { ...NONE, isReady: () => Math.floor((process.uptime() * 1_000) / FLAP_MS) % 2 === 0 };
    case 'pauses-once':
      return { ...NONE, before: pausing() };
    case 'ignores-sigterm':
      return { ...NONE, ignoresStop: true };
    // What these do is in the service that has them.
    case 'good':
    case 'lacks-migration':
    case 'loses-sessions':
    case 'one-bad-replica':
    case 'one-replica-only':
    case 'one-bad-place':
    case 'new-status':
    case 'renamed-field':
    case 'cache-shape':
    case 'cookie-format':
    case 'message-format':
    case 'unfenced':
    case 'currencies':
    case 'writes-channel':
    case 'without-status':
      return NONE;
  }
}

function failing(share: number): Defect['before'] {
  return (requestId) => {
    if (isMet(requestId, share)) throw new HttpError(500, 'internal', 'the request could not be handled');
  };
}

function refuseSome(requestId: string): void {
  if (isMet(requestId, CLIENT_ERROR_SHARE)) throw new HttpError(400, 'invalid-request', 'the request is not valid');
}

function changing(change: (answer: Answer) => Answer): Defect['after'] {
  return (requestId, answer) => (isMet(requestId, WRONG_SHARE) ? change(answer) : answer);
}

function leaking(): Defect['before'] {
  const kept: Buffer[] = [];
  return () => void kept.push(Buffer.alloc(LEAK_BYTES, 1));
}

/** As a runtime does that stops the world to collect garbage: nothing of the process goes on meanwhile. */
function pausing(): Defect['before'] {
  let requests = 0;
  return () => {
    requests += 1;
    if (requests === PAUSE_AT_REQUEST) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  };
}

/** As a release that needs what its environment does not have. */
function refuseEnvironment(): never {
  throw new SettingsError('CARRIER_URL: Invalid input: expected string, received undefined');
}

function fail(message: string): never {
  throw new Error(message);
}

function forever(): Promise<void> {
  return new Promise(() => undefined);
}

/** Whether a request is one of a share of them, by a hash of its id: the same request meets the same fate when it is replayed. */
function isMet(id: string, share: number): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  // FNV alone leaves sequential ids close together: mix the bits as murmur3 does at its end.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}
