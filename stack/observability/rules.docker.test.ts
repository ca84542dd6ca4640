import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { RULE_FILE } from '../../harness/alerting/rule-file';
import {
  counters,
  everyMinute,
  series,
  type AlertCase,
  type AlertProof,
} from '../../harness/alerting/testing/alert-case';
import { ERROR_RATE } from '../../harness/alerting/testing/error-rate-proof';
import { promtool } from '../../harness/alerting/testing/promtool';
import { proven } from '../../harness/alerting/testing/prove';

jest.setTimeout(60_000);

const RULES = readFileSync(join(__dirname, 'prometheus', RULE_FILE), 'utf8');

interface Slowness extends AlertCase {
  /** Which bound of the gateway's histogram the slow ones are beyond, seconds. */
  readonly beyond: '0.25' | '0.5';
}

/** One request in five is a checkout. */
const CHECKOUTS = 0.2;

const SLOW_ANSWERS: AlertProof<Slowness> = {
  alert: 'SlowAnswers',
  cases: [
    {
      name: 'a bank that adds 200 ms to every checkout wakes nobody',
      beyond: '0.25',
      episodes: [{ durationS: 3_600, ratio: CHECKOUTS }],
      expected: everyMinute(65, 'inactive'),
    },
    {
      name: 'a bank that every checkout waits half a second for is a page',
      beyond: '0.5',
      episodes: [{ durationS: 900, ratio: CHECKOUTS }],
      expected: { 15: 'inactive', 45: 'pending', 300: 'pending', 345: 'firing' },
    },
    {
      name: 'less than half of them is none',
      beyond: '0.5',
      episodes: [{ durationS: 3_600, ratio: 0.45 * CHECKOUTS }],
      expected: everyMinute(65, 'inactive'),
    },
  ],
  input: (one) => {
    const { good, bad } = counters(one);
    const all = good.map((value, index) => value + (bad[index] ?? 0));
    const labels = 'job="fronts",service="gateway"';
    const bucket = (le: '0.25' | '0.5', values: readonly number[]) =>
      series(`rollproof_front_answer_seconds_bucket{${labels},le="${le}"}`, values);
    return [
      series(`rollproof_front_requests_total{${labels}}`, all),
      bucket('0.25', good),
      bucket('0.5', one.beyond === '0.5' ? good : all),
    ];
  },
};

it('is a rule file without a flaw', async () => {
  const [result] = await promtool({ [RULE_FILE]: RULES }, ['check', 'rules', '--lint=all', '--lint-fatal', RULE_FILE]);
  expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('8 rules found') });
});

it('pages on errors when it should', async () => {
  expect(await proven(RULES, ERROR_RATE)).toMatchObject({ exitCode: 0 });
});

it('pages on slow answers when it should', async () => {
  expect(await proven(RULES, SLOW_ANSWERS)).toMatchObject({ exitCode: 0 });
});
