import { describe, expect, it } from '@jest/globals';
import { complaintIn, complaintsIn, lastWordsIn } from './log-words';

const info = JSON.stringify({ level: 'info', msg: 'request', status: 200 });
const missing = (id: number) =>
  JSON.stringify({ level: 'error', requestId: `r-${id}`, err: { message: `column of order ${id} does not exist` } });

describe('what a log says of a failure', () => {
  it.each([
    [missing(7), 'column of order 7 does not exist'],
    [JSON.stringify({ level: 50, error: 'no route', msg: 'request' }), 'no route'],
    [JSON.stringify({ severity: 'ERROR', message: 'it broke' }), 'it broke'],
    ['Error: cannot read the price list', 'Error: cannot read the price list'],
    ['panic: runtime error: index out of range', 'panic: runtime error: index out of range'],
  ])('is found in %s', (line, words) => expect(complaintIn(line)).toBe(words));

  it.each([info, '    at readError (file.js:1:2)', 'GET /healthz 200', '{ not json', ''])('is not in %s', (line) =>
    expect(complaintIn(line)).toBeUndefined(),
  );

  it('is counted by what it is about, not by its numbers', () => {
    const lines = [info, missing(1), missing(2), 'Error: once', missing(3)];
    expect(complaintsIn(lines)).toEqual([
      { words: 'column of order 1 does not exist', count: 3 },
      { words: 'Error: once', count: 1 },
    ]);
  });
});

describe('last words', () => {
  it('are the last failure, whatever was said after it', () => {
    expect(lastWordsIn([info, 'Error: no price list', '    at main', 'bye'])).toBe('Error: no price list');
  });

  it('are the last line of a log without one, and none of an empty one', () => {
    expect(lastWordsIn(['listening', info, ''])).toBe('request');
    expect(lastWordsIn(['', ''])).toBeUndefined();
  });
});
