import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RULE_FILE, ruleFileText } from '../../harness/alerting/rule-file';
import { config } from '../rollproof.config';

const alerts = config.alerts ?? [];

describe('the production rule file', () => {
  it('is what the kinds make of rollproof.config.ts', () => {
    const committed = readFileSync(join(__dirname, 'prometheus', RULE_FILE), 'utf8');
    expect(committed).toBe(ruleFileText(alerts, 1));
  });

  it.each(alerts)('points to a runbook that exists: $name', ({ runbook }) => {
    expect(existsSync(join(__dirname, '..', '..', runbook))).toBe(true);
  });
});
