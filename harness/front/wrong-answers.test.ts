import { describe, expect, it } from '@jest/globals';
import { requestLine } from './testing/request-line';
import type { RequestSample } from './sample';
import { Witness } from './witness';
import { WrongAnswers } from './wrong-answers';

const sample = (id: string): RequestSample => {
  const went = { startedAtMs: 1, endedAtMs: 2, error: false, clientError: false };
  return { id, revision: 'orders-r2', ...went };
};

describe('wrong answers', () => {
  it('find their request for as long as an answer may take to arrive, in either order, and not for ever', () => {
    let nowMs = 0;
    const answers = new WrongAnswers(() => nowMs);
    answers.take(sample('a'));
    answers.take(sample('b'));
    answers.find({ id: 'c', reason: 'empty body' });
    answers.find({ id: 'd', reason: 'empty body' });
    nowMs = 14_000;
    expect(answers.find({ id: 'a', reason: 'empty body' })?.now).toMatchObject({ error: true, wrong: 'empty body' });
    expect(answers.take(sample('c'))).toMatchObject({ error: true, wrong: 'empty body' });
    nowMs = 16_000;
    expect(answers.find({ id: 'b', reason: 'empty body' })).toBeUndefined();
    expect(answers.take(sample('d'))).toEqual(sample('d'));
  });

  it('are remembered in bounds', () => {
    const answers = new WrongAnswers(() => 0);
    for (let n = 0; n <= 50_000; n += 1) answers.take(sample(`r-${n}`));
    expect(answers.find({ id: 'r-0', reason: 'empty body' })).toBeUndefined();
    expect(answers.find({ id: 'r-1', reason: 'empty body' })).toBeDefined();
  });

  it('count once', () => {
    const answers = new WrongAnswers(() => 0);
    answers.take(sample('a'));
    expect(answers.find({ id: 'a', reason: 'empty body' })).toBeDefined();
    expect(answers.find({ id: 'a', reason: 'empty body' })).toBeUndefined();
  });
});

describe('a witness', () => {
  const told = (charged: boolean) => {
    const witness = new Witness('orders');
    const seen: [RequestSample, RequestSample | undefined][] = [];
    witness.on('sample', (...both) => seen.push([both[0], both[1]]));
    const leaving = new AbortController();
    if (charged) witness.charge(leaving.signal);
    const take = (id: string) => witness.take({ atMs: 1, stream: 'stdout', text: requestLine({ id }) }, 'orders-1');
    return { witness, seen, leaving, take };
  };

  it('tells of a request once more when its answer was wrong, while somebody judges by it', () => {
    const { witness, seen, leaving, take } = told(true);
    take('a');
    witness.takeWrong({ id: 'a', reason: 'empty body' });
    expect(seen.map(([{ error, wrong }]) => [error, wrong])).toEqual([
      [false, undefined],
      [true, 'empty body'],
    ]);
    expect(seen[1]?.[1]).toBe(seen[0]?.[0]);
    take('b');
    leaving.abort();
    witness.takeWrong({ id: 'b', reason: 'empty body' });
    expect(seen).toHaveLength(3);
  });

  it('charges no revision of a service that nobody releases', () => {
    const { witness, seen, take } = told(false);
    take('a');
    witness.takeWrong({ id: 'a', reason: 'empty body' });
    expect(seen.map(([{ error }]) => error)).toEqual([false]);
  });
});
