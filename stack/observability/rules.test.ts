import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ruleFileText } from '../../harness/alerting/files';
import { config } from '../rollproof.config';

describe('the production rule file', () => {
  it('is what the template makes of rollproof.config.ts', () => {
    const committed = readFileSync(join(__dirname, 'prometheus', 'rules.yml'), 'utf8');
    expect(committed).toBe(ruleFileText(config.alerts?.HighErrorRate, 1));
  });

  it('points to a runbook that exists', () => {
    expect(existsSync(join(__dirname, '..', '..', config.alerts?.HighErrorRate?.runbook ?? 'none'))).toBe(true);
  });
});
