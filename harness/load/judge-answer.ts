import type { CheckedResponse } from '../contract/config';
import { errorMessage } from '../core/errors';
import type { Outcome } from './ledger-line';
import type { MixedRequest } from './mix';
import type { Answer } from './sender';

/** A longer reason is cut: what comes behind that much only tells requests apart, characters. */
const REASON_MAX = 120;

/** What became of a request, and why it is not well. */
export interface JudgedAnswer {
  readonly outcome: Outcome;
  readonly error?: string;
  /** Whether an answer came, whole, and is wrong. */
  readonly isWrong: boolean;
}

/** Holds an answer against what its kind of request says of right ones. */
export function judgeAnswer(answer: Answer, { spec, expects, check }: Omit<MixedRequest, 'kind'>): JudgedAnswer {
  const { status, headers = {}, body = '', error } = answer;
  if (error !== undefined || status === undefined) {
    return { outcome: 'lost', error: error ?? 'no-answer', isWrong: false };
  }
  if (!expects(status)) {
    return { outcome: status >= 500 ? 'lost' : 'failed', error: `status ${status}`, isWrong: true };
  }
  const why = check === undefined ? undefined : whyWrong({ status, headers, body }, (seen) => check(seen, spec));
  return why === undefined ? { outcome: 'ok', isWrong: false } : { outcome: 'failed', error: why, isWrong: true };
}

class NotJson extends Error {}

/** A check that throws was given what it does not expect: more often than not that is the answer's doing. */
function whyWrong(
  response: Omit<CheckedResponse, 'json'>,
  check: (response: CheckedResponse) => unknown,
): string | undefined {
  try {
    const why = check({ ...response, json: () => parsed(response.body) });
    if (why === undefined) return undefined;
    return typeof why === 'string' ? oneLine(why) : `the check gave ${typeof why}, and no text`;
  } catch (error) {
    return error instanceof NotJson ? 'not JSON' : oneLine(`the check threw: ${errorMessage(error)}`);
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // What the parser says quotes the answer, and would be a reason of its own for each.
    throw new NotJson('not JSON');
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'the check gave no reason';
  return line.length > REASON_MAX ? `${line.slice(0, REASON_MAX)}…` : line;
}
