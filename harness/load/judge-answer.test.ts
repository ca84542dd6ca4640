import { describe, expect, it } from '@jest/globals';
import type { CheckedResponse } from '../contract/config';
import { judgeAnswer } from './judge-answer';

const right = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":7}' };

function judged(check: (response: CheckedResponse) => unknown, answer: Partial<typeof right> = {}) {
  const spec = { method: 'GET', path: '/' } as const;
  const expects = (status: number) => status === 200;
  return judgeAnswer({ ...right, ...answer }, { spec, expects, check: check as never });
}

const hasId = ({ json }: CheckedResponse) => ((json() as { id?: number }).id === undefined ? 'no id' : undefined);

describe('a check', () => {
  it('finds an answer right, or says why it is not', () => {
    expect(judged(hasId)).toEqual({ outcome: 'ok', isWrong: false });
    expect(judged(hasId, { body: '{}' })).toEqual({ outcome: 'failed', error: 'no id', isWrong: true });
  });

  it('sees status, headers and body', () => {
    expect(judged(({ status, headers, body }) => `${status} ${String(headers['content-type'])} ${body}`).error).toBe(
      '200 application/json {"id":7}',
    );
  });

  it.each([
    ['reads JSON from an answer that is none', hasId, { body: '<html>' }, 'not JSON'],
    ['throws', hasId, { body: 'null' }, /^the check threw: Cannot read properties of null/],
    ['gives no text', async () => undefined, {}, 'the check gave object, and no text'],
    ['gives an empty text', () => ' ', {}, 'the check gave no reason'],
    ['says too much', () => 'x'.repeat(500), {}, `${'x'.repeat(120)}…`],
  ])('that %s finds it wrong', (_what, check, answer, error) => {
    const found = judged(check, answer);
    expect(found).toMatchObject({ outcome: 'failed', isWrong: true });
    if (typeof error === 'string') expect(found.error).toBe(error);
    else expect(found.error).toMatch(error);
  });

  it('is not asked about an answer that has another status, or is not whole', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect(judged(never, { status: 302 })).toEqual({ outcome: 'failed', error: 'status 302', isWrong: true });
    expect(judged(never, { status: 500 })).toEqual({ outcome: 'lost', error: 'status 500', isWrong: true });
    expect(
      judgeAnswer({ error: 'ECONNRESET' }, { spec: { method: 'GET', path: '/' }, expects: () => true, check: never }),
    ).toEqual({
      ...{ outcome: 'lost', error: 'ECONNRESET', isWrong: false },
    });
  });
});
