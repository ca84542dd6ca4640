import { describe, expect, it } from '@jest/globals';
import { matrixTable } from './matrix-table';

describe('the table of the matrix', () => {
  const cell = {
    ...{ by: 'the judge', outcome: 'rolled-back', reason: 'more errors than stable: 5 of 8 | 0 of 40\n  and more' },
    ...{
      sent: 900,
      lost: 5,
      failed: 0,
      bound: 31,
      onNew: 8,
      failedOnNew: 5,
      decidedAfterMs: 1_240,
      backAfterMs: 1_320,
    },
  };
  const tried = (title: string, facts: Record<string, unknown>) => ({
    ...{ id: title, phase: 'matrix', title, verdict: 'passed' as const, durationMs: 20_000, facts },
  });

  it('has a row for each cell, and none for other scenarios', () => {
    const table = matrixTable([[tried('errors 20 %, by canary', { cell }), tried('another', {})]]);
    expect(table.split('\n').slice(2)).toEqual([
      '| errors 20 %, by canary | passed | the judge | rolled-back | 5 of 900 (at most 31) | 5 of 8 | 1.2 | 1.3 | more errors than stable: 5 of 8 \\| 0 of 40 and more |',
      '',
    ]);
  });

  it('has the latest of a cell that was tried twice, and no time where nothing was moved', () => {
    const refused = {
      ...cell,
      outcome: 'refused',
      reason: 'x'.repeat(200),
      decidedAfterMs: undefined,
      backAfterMs: undefined,
    };
    const table = matrixTable([[tried('a', { cell })], [tried('a', { cell: refused })]]);
    expect(table).toContain(`| refused | 5 of 900 (at most 31) | 5 of 8 |  |  | ${'x'.repeat(159)}… |`);
    expect(table).not.toContain('rolled-back');
  });
});
