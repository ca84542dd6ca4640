import { describe, expect, it } from '@jest/globals';
import { firingAlerts } from './firing-alerts';
import type { AlertingRuleState } from './prometheus';

const NOW_MS = 1_000_000;

function rule(name: string, more: Partial<AlertingRuleState> = {}): AlertingRuleState {
  return { name, health: 'ok', forMs: 10_000, intervalMs: 1_000, lastEvaluationMs: NOW_MS - 500, alerts: [], ...more };
}

function alert(name: string, state: 'pending' | 'firing') {
  return { name, state, labels: {}, annotations: { summary: `${name} of orders` }, value: 1, activeAtMs: NOW_MS };
}

const ask = (names: readonly string[], rules: readonly AlertingRuleState[]) =>
  firingAlerts({ rules: async () => [...rules] }, names, () => NOW_MS);

describe('firing alerts', () => {
  it('are those that fire, of those that are asked for', async () => {
    const rules = [
      rule('Bad', { alerts: [alert('Bad', 'firing')] }),
      rule('Slow', { alerts: [alert('Slow', 'pending')] }),
      rule('Other', { alerts: [alert('Other', 'firing')] }),
    ];
    expect(await ask(['Bad', 'Slow'], rules)).toEqual([{ name: 'Bad', summary: 'Bad of orders' }]);
    expect(await ask(['Slow'], rules)).toEqual([]);
  });

  it('are not known of a name without a rule, and the right name is asked about', async () => {
    await expect(ask(['HighErorRate'], [rule('HighErrorRate')])).rejects.toMatchObject({
      code: 'unknown-alert',
      message: expect.stringContaining('HighErrorRate'),
    });
  });

  it('are not known of a rule that fails, or that is not evaluated any more, by its own interval', async () => {
    await expect(ask(['Bad'], [rule('Bad', { health: 'err' })])).rejects.toMatchObject({ code: 'rule-broken' });
    const old = { lastEvaluationMs: NOW_MS - 6_000 };
    await expect(ask(['Bad'], [rule('Bad', old)])).rejects.toMatchObject({ code: 'rule-not-evaluated' });
    expect(await ask(['Bad'], [rule('Bad', { ...old, intervalMs: 15_000 })])).toEqual([]);
    await expect(ask(['Bad'], [rule('Bad', { lastEvaluationMs: 0 })])).rejects.toMatchObject({
      message: expect.stringContaining('not yet evaluated'),
    });
  });
});
