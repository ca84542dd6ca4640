import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from './http-error';
import type { Answer } from './server';
import type { CommonSettings } from './settings';

export type DefectName = CommonSettings['SHOP_DEFECT'];

/** Share of business requests that the defect `errors` answers with 500. */
export const ERROR_SHARE = 0.2;
/** What the defect `slow` adds to each business request. */
export const SLOWNESS_MS = 400;
/** Share of business requests to which the defect `slow-tail` adds {@link TAIL_MS}. */
export const TAIL_SHARE = 0.03;
const TAIL_MS = 1_500;
/** Share of business requests that the defect `wrong-answers` answers with the right status, and nothing in it. */
export const WRONG_SHARE = 0.2;

/** The defect that was built into an image; `good` does nothing. Health and metrics requests never meet it. */
export interface Defect {
  readonly neverReady: boolean;
  /** Runs before a business handler; may wait or throw. */
  readonly before: (requestId: string) => Promise<void> | void;
  /** What a business handler's answer becomes. */
  readonly after: (requestId: string, answer: Answer) => Answer;
}

const NONE: Defect = { neverReady: false, before: () => undefined, after: (_requestId, answer) => answer };

export function defect(name: DefectName): Defect {
  switch (name) {
    case 'good':
      return NONE;
    case 'errors':
      return { ...NONE, before: failSome };
    case 'slow':
      return { ...NONE, before: () => sleep(SLOWNESS_MS) };
    case 'slow-tail':
      return { ...NONE, before: (requestId) => (share(requestId) < TAIL_SHARE ? sleep(TAIL_MS) : undefined) };
    case 'wrong-answers':
      return { ...NONE, after: emptySome };
    case 'never-ready':
      return { ...NONE, neverReady: true };
  }
}

function failSome(requestId: string): void {
  if (share(requestId) < ERROR_SHARE) throw new HttpError(500, 'internal', 'the request could not be handled');
}

function emptySome(requestId: string, answer: Answer): Answer {
  return share(requestId) < WRONG_SHARE ? { ...answer, body: {} } : answer;
}

/** A number in [0, 1) from a hash of the id: the same request meets the same fate when it is replayed. */
function share(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  // FNV alone leaves sequential ids close together: mix the bits as murmur3 does at its end.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
