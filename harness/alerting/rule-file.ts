import { stringify } from 'yaml';
import type { Alert, RecordingRule, Rule } from '../contract/alerts';
import { HarnessError } from '../core/errors';
import { SCRAPE_INTERVAL_MS } from './compression';
import { compress, formatDuration } from './durations';

/** The rule file among the user's own. */
export const RULE_FILE = 'rollproof-rules.yml';

/** A Prometheus rule file. */
export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly Rule[];
  }[];
}

/** The rules of all alerts at `factor` times production's speed, one group: what they record in common is recorded once. */
export function ruleFile(alerts: readonly Alert[], factor: number): RuleFile {
  if (alerts.length === 0) return { groups: [] };
  const recorded = new Map<string, RecordingRule>();
  const rules = alerts.flatMap(({ rules: rulesOf }) => rulesOf(factor).filter((rule) => isNew(rule, recorded)));
  const interval = formatDuration(compress(SCRAPE_INTERVAL_MS, factor));
  return { groups: [{ name: 'rollproof', interval, rules }] };
}

function isNew(rule: Rule, recorded: Map<string, RecordingRule>): boolean {
  if (!('record' in rule)) return true;
  const known = recorded.get(rule.record);
  recorded.set(rule.record, rule);
  if (known === undefined || known.expr === rule.expr) return known === undefined;
  throw new HarnessError('config-invalid', {
    message: `two kinds of alert record ${rule.record}, each something else`,
    facts: { known: known.expr, other: rule.expr },
    hint: 'Give the series of the newer kind a name of its own.',
  });
}

/** The rule file as text. Factor 1 is the file that a stack commits. */
export function ruleFileText(alerts: readonly Alert[], factor: number): string {
  const speed = factor === 1 ? 'Production speed.' : `Production's rules, ${factor} times faster.`;
  const header = `# Generated from rollproof.config.ts (alerts) by \`rollproof rules\`. ${speed}\n`;
  return header + stringify(ruleFile(alerts, factor), { lineWidth: 0, singleQuote: true });
}
