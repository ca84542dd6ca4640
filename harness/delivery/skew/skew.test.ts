import { describe, expect, it } from '@jest/globals';
import type { SkewTrial } from '../../contract/lines/rollout';
import { SKEW_ORDERS, judgeSkew } from './skew';

const FROM = 'orders-r1';
const TO = 'orders-r2';
const labels = { from: FROM, to: TO };

/** All orders, right but for those that are named: `to→from`. */
function trials(wrong: readonly string[] = [], is: 'wrong' | 'unseen' = 'wrong'): SkewTrial[] {
  return SKEW_ORDERS.map(({ write, read }) => ({
    write: labels[write],
    read: labels[read],
    ...(wrong.includes(`${write}→${read}`) ? { is, request: 'look', reason: 'unknown status' } : { is: 'right' }),
  }));
}

const judged = (wrong: readonly string[], wasRight = true) =>
  judgeSkew({ trials: trials(wrong), from: FROM, to: TO, wasRight });

describe('what the trials of a sequence say of a release', () => {
  it('finds nothing where every order is right', () => {
    expect(judged([])).toEqual({ outcome: 'right' });
  });

  it.each([
    [['to→from'], 'orders-r1 does not understand what orders-r2 left behind: look: unknown status'],
    [['from→to'], 'orders-r2 does not understand what orders-r1 left behind: look: unknown status'],
    [['to→to', 'from→to', 'to→from'], 'orders-r2 answers wrongly where orders-r1 does not: look: unknown status'],
    [['from→from'], 'orders-r1, right before, answers wrongly since orders-r2 came: look: unknown status'],
    [['from→from', 'to→from'], 'orders-r1, right before, answers wrongly since orders-r2 came: look: unknown status'],
  ])('finds %j wrong, and says who does not understand whom', (wrong, reason) => {
    expect(judged(wrong)).toEqual({ outcome: 'wrong', reason });
  });

  it('finds two new ones that do not understand each other, where each gets on with all that is old', () => {
    const together = { write: TO, read: TO, beside: 'inventory-r4', request: 'checkout', reason: 'status 502' };
    const judgedWith = (is: 'right' | 'wrong') =>
      judgeSkew({ trials: [...trials(), { ...together, is }], from: FROM, to: TO, wasRight: true });
    const reason = 'orders-r2 and inventory-r4 do not understand each other: checkout: status 502';
    expect(judgedWith('wrong')).toEqual({ outcome: 'wrong', reason });
    expect(judgedWith('right')).toEqual({ outcome: 'right' });
  });

  it('concludes nothing where stable by itself was wrong before, whatever the new one does', () => {
    expect(judged(['from→from'], false).outcome).toBe('inconclusive');
    expect(judged(['from→from', 'to→from'], false).outcome).toBe('inconclusive');
  });

  it('concludes nothing where both are wrong: what they share fails', () => {
    const all = ['from→from', 'to→to', 'from→to', 'to→from'];
    expect(judged(all)).toEqual({
      outcome: 'inconclusive',
      reason: 'orders-r1 by itself answers wrongly: look: unknown status',
    });
  });

  it('concludes nothing from an answer of which nobody knows who gave it', () => {
    const unseen = judgeSkew({ trials: trials(['to→from'], 'unseen'), from: FROM, to: TO, wasRight: true });
    expect(unseen).toMatchObject({ outcome: 'inconclusive' });
  });

  it('concludes nothing without stable by itself', () => {
    const some = trials(['to→from']).filter(({ write, read }) => write !== FROM || read !== FROM);
    expect(judgeSkew({ trials: some, from: FROM, to: TO, wasRight: true }).outcome).toBe('inconclusive');
  });
});
