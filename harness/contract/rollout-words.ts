import { ERROR_CODES, kindOfCode, type ErrorCode } from '../core/error-codes';
import type { Outage, RolloutResult } from './rollout-result';
import { NO_TRAFFIC, type TrafficCounts } from './traffic-counts';

/** What is needed of a rollout's result to tell how it ended. */
export interface ToldRollout {
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string | undefined;
  readonly cause?: string | undefined;
  readonly weightsReached?: readonly number[] | undefined;
  readonly held?: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly outages?: readonly Outage[] | undefined;
  readonly counts?: 'messages' | undefined;
  readonly samples?: { readonly from?: TrafficCounts; readonly to: TrafficCounts } | undefined;
  readonly wrongAnswers?: RolloutResult['wrongAnswers'];
}

/** How a rollout ended, as a colleague would write it: "rolled back: orders-r3 failed 7 of 23 requests, orders-r2 serves everything". */
export function rolloutSentence(rollout: ToldRollout): string {
  return [endSentence(rollout), ...(rollout.outages ?? []).map((outage) => outageText(outage, rollout))].join('; ');
}

/** What the figures of a rollout count: "1 request", "2 messages". */
export function counted({ counts }: Pick<ToldRollout, 'counts'>, count: number): string {
  return `${count} ${counts === undefined ? 'request' : 'message'}${count === 1 ? '' : 's'}`;
}

/** What a strategy that stops before it starts has cost: "nobody served for 1.3 s: 41 requests were not answered". */
export function outageText(
  { lastAnswerAtMs, firstAnswerAtMs, unserved }: Outage,
  rollout: Pick<ToldRollout, 'counts'> = {},
): string {
  const isKnown = lastAnswerAtMs !== undefined && firstAnswerAtMs !== undefined;
  const time = isKnown ? ` for ${((firstAnswerAtMs - lastAnswerAtMs) / 1_000).toFixed(1)} s` : ' for a while';
  // Messages wait until somebody takes them.
  if (rollout.counts === 'messages') return `no message was taken${time}`;
  return `nobody served${time}: ${counted(rollout, unserved)} ${unserved === 1 ? 'was' : 'were'} not answered`;
}

function endSentence(rollout: ToldRollout): string {
  const { outcome, from, to, reason } = rollout;
  switch (outcome) {
    case 'promoted':
      return `promoted: ${to} serves everything${reason === undefined ? '' : ` (${reason})`}`;
    case 'rolled-back':
      return `rolled back: ${whyBack(rollout)}, ${from} serves everything`;
    case 'held':
      return heldSentence(rollout);
    case 'aborted':
      return `aborted as asked: ${from} serves everything${reason === undefined ? '' : ` (${firstClause(reason)})`}`;
    case 'rollback-paused':
      return `stuck on the way back to ${from}: ${reason ?? 'no reason was given'}`;
    case 'unchanged':
      return `unchanged: ${reason ?? `${from} runs this already`}`;
    default:
      return `${outcome}: ${from} and ${to}`;
  }
}

/** What led a rollout back to stable, to stand before what serves now: "orders-r3 failed 7 of 23 requests". */
export function whyBack(rollout: ToldRollout): string {
  const { to, cause, reason = '', samples } = rollout;
  if (cause === 'release-rejected') {
    if (reason.startsWith('more errors') && (samples?.to.errors ?? 0) > 0) return failedText(rollout);
    if (reason.startsWith('slower than stable')) return `${to} was ${firstClause(reason)}`;
    return `${to} was found worse (${firstClause(reason)})`;
  }
  // Such a reason begins with the revision, and says what is wrong with it.
  if (cause === 'release-not-ready' && reason.startsWith(`${to} `)) return firstClause(reason).split('; ')[0] ?? reason;
  if (cause === 'release-differs' && reason !== '') return `${to} answers otherwise: ${reason.split('; ')[0]}`;
  if (cause === 'alert-fired') return reason;
  if (cause === 'hook-failed') return firstClause(reason);
  const kind = kindOfCode(cause);
  if (kind === undefined) return reason === '' ? `${to} was given up` : `${to} was given up (${firstClause(reason)})`;
  const last = cause === 'compose-up-failed' ? lastWords(to, reason) : undefined;
  if (last !== undefined) return last;
  if (kind === 'inconclusive' && isWithoutTraffic(samples))
    return `nothing sent it ${rollout.counts ?? 'requests'}, so that ${to} could not be judged`;
  const { meaning } = ERROR_CODES[cause as ErrorCode];
  if (kind === 'internal') return `rollproof failed (${lowerFirst(meaning)})`;
  return lowerFirst(meaning.replace('A container of the stack', `A container of ${to}`)).replace(
    'the new revision',
    to,
  );
}

/** "orders-r3 failed 7 of 23 requests", or "… answered 7 of 23 requests wrongly: no order id". */
function failedText({ to, samples, wrongAnswers = [], ...rollout }: ToldRollout): string {
  const { errors, requests, wrong = 0 } = samples?.to ?? NO_TRAFFIC;
  const [first, ...others] = wrongAnswers.map(({ reason }) => reason);
  const all = counted(rollout, requests);
  const why = first === undefined ? '' : `: ${first}${others.length === 0 ? '' : ', among other reasons'}`;
  // What an attempt failed by is known of it, and no finding about an answer.
  if (rollout.counts === 'messages') return `${to} failed ${errors} of ${all}${why}`;
  if (wrong === 0) return `${to} failed ${errors} of ${all}`;
  if (wrong === errors) return `${to} answered ${wrong} of ${all} wrongly${why}`;
  return `${to} failed ${errors} of ${all}, ${wrong} of them answered wrongly${why}`;
}

/**
 * With which exit code a container of the revision ended, and its last line: "orders-r3-1 exited with exit code 3: no database". Of one that
 * never got healthy, what its health check said last: "orders-r3-1 never got healthy: not ready: HTTP/1.1 503 Service Unavailable".
 */
function lastWords(to: string, reason: string): string | undefined {
  const lines = reason.split('\n').map((line) => line.trim());
  const at = lines.findIndex((line) => line.includes(`${to}-`) && / is (exited with exit code |unhealthy)/.test(line));
  const [, container, exit, health] =
    / ?(\S+) is (?:(exited with exit code \d+)|unhealthy(?: \((.*)\))?)/.exec(lines[at] ?? '') ?? [];
  if (container === undefined) return undefined;
  const name = container.slice(container.indexOf(`${to}-`));
  if (health !== undefined) return `${name} never got healthy: ${health}`;
  const after = lines.slice(at + 1);
  const next = after.findIndex((line) => / is (exited|unhealthy|starting)\b/.test(line));
  const said = after.slice(0, next < 0 ? undefined : next).findLast((line) => line !== '');
  return `${name} ${exit ?? 'never got healthy'}${said === undefined ? '' : `: ${said}`}`;
}

function isWithoutTraffic(samples: ToldRollout['samples']): boolean {
  return samples?.from?.requests === 0 && samples.to.requests === 0;
}

function heldSentence({ from, to, held, weightsReached }: ToldRollout): string {
  const weight = weightsReached?.at(-1);
  const at = weight === undefined ? '' : ` at ${weight} %`;
  const time = held === undefined ? '' : ` for ${Math.round((held.toMs - held.fromMs) / 1_000)} s`;
  return `held as asked: ${to} stayed${at}${time}, then ${from} got everything back`;
}

/** What a judgement comes to, without the arithmetic that it rests on. */
function firstClause(reason: string): string {
  return reason.split(/ \(p = |, \+|\n/)[0] ?? reason;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
