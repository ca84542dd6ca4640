import { TextCounts } from '../../core/text-counts';
import { isRecord, jsonRecordIn } from '../../core/guards';

/** Longer ones are cut, characters. */
const WORDS_MAX = 200;

/** Levels of JSON logs that tell of a failure, by name; pino's and bunyan's numbers begin at 50. */
const FAILING_LEVELS = new Set(['error', 'err', 'fatal', 'critical', 'crit', 'panic', 'alert', 'emerg']);
const FAILING_NUMBER = 50;

/** Words that lines of other logs tell of a failure by. */
const FAILING_WORDS =
  /error\b|exception\b|\b(?:fatal|panic|refus\w+|denied|out of memory|no such file|cannot|could not)\b/i;

/** A frame of a stack, or what else continues the line before. */
const CONTINUES = /^\s/;

/** What a line of a log says of a failure; `undefined` for one that tells of none. */
export function complaintIn(line: string): string | undefined {
  const json = jsonRecordIn(line);
  if (json !== undefined) return isFailing(json) ? cut(wordsOf(json) ?? line) : undefined;
  return !CONTINUES.test(line) && FAILING_WORDS.test(line) ? cut(line) : undefined;
}

/** The failures that lines of a log tell of, most frequent first. Those that differ in numbers and ids alone are one. */
export function complaintsIn(lines: readonly string[]): { readonly words: string; readonly count: number }[] {
  const shown = new Map<string, string>();
  const counts = new TextCounts();
  for (const line of lines) {
    const words = complaintIn(line);
    if (words === undefined) continue;
    const kind = words.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi, '#');
    if (!shown.has(kind)) shown.set(kind, words);
    counts.add(kind);
  }
  return counts.all().map(([kind, count]) => ({ words: shown.get(kind) ?? kind, count }));
}

/** What a log says last of a failure, or else last of all; `undefined` for an empty one. */
export function lastWordsIn(lines: readonly string[]): string | undefined {
  const complaint = lines.findLast((line) => complaintIn(line) !== undefined);
  if (complaint !== undefined) return complaintIn(complaint);
  const last = lines.findLast((line) => line.trim() !== '');
  return last === undefined ? undefined : cut(wordsOf(jsonRecordIn(last) ?? {}) ?? last);
}

function isFailing({ level, severity }: Readonly<Record<string, unknown>>): boolean {
  const own = level ?? severity;
  return typeof own === 'number' ? own >= FAILING_NUMBER : FAILING_LEVELS.has(String(own).toLowerCase());
}

/** The innermost: what failed says more than who noticed. */
function wordsOf(json: Readonly<Record<string, unknown>>): string | undefined {
  const { err, error, exception, reason, msg, message } = json;
  for (const cause of [err, error, exception]) {
    if (typeof cause === 'string' && cause !== '') return cause;
    if (isRecord(cause) && typeof cause['message'] === 'string') return cause['message'];
  }
  return [reason, msg, message].find((words): words is string => typeof words === 'string' && words !== '');
}

function cut(words: string): string {
  const line = words.trim().split('\n')[0] ?? '';
  return line.length > WORDS_MAX ? `${line.slice(0, WORDS_MAX)} …` : line;
}
