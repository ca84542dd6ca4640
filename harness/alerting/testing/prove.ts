import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { Alert } from '../../contract/alerts';
import { compress, formatDuration } from '../durations';
import { RULE_FILE, ruleFileText } from '../rule-file';
import { testFile, type AlertCase, type AlertProof, type Told } from './alert-case';
import { promtool, promtoolMajor, type PromtoolResult } from './promtool';

/** promtool's word on rules that are to pass a proof. */
export async function proven<C extends AlertCase>(
  rules: string,
  proof: AlertProof<C>,
  options: { readonly factor?: number; readonly told?: Told } = {},
): Promise<PromtoolResult | undefined> {
  const tests = testFile(proof, { factor: 1, ...options, major: await promtoolMajor() });
  const [result] = await promtool({ [RULE_FILE]: rules, 'tests.yml': stringify(tests) }, [
    'test',
    'rules',
    'tests.yml',
  ]);
  return result;
}

/** Tests that an alert's rules are valid and pass their proof, in production and in the compressed twins. */
export function proveAtEverySpeed<C extends AlertCase>(
  alert: Alert,
  proof: AlertProof<C>,
  told: (at: (seconds: number) => string) => Told,
): void {
  describe.each([1, 10, 30])(`${alert.name} at %d times the speed, in promtool`, (factor) => {
    const rules = ruleFileText([alert], factor);

    it('is a valid rule file', async () => {
      const [result] = await promtool({ [RULE_FILE]: rules }, [
        'check',
        'rules',
        '--lint=all',
        '--lint-fatal',
        RULE_FILE,
      ]);
      expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('4 rules found') });
    });

    it('fires, waits, resets and stays silent when it should', async () => {
      const at = (seconds: number) => formatDuration(compress(seconds * 1_000, factor));
      const result = await proven(rules, proof, { factor, told: told(at) });
      expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('SUCCESS') });
    });
  });
}
