import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { summarySchema } from '../harness/contract/summary';

export const SUMMARY_SCHEMA = 'docs/summary.schema.json';

/** `docs/summary.schema.json`: what other programs may rely on in a `summary.json`. */
export function summaryJsonSchema(): string {
  const schema = z.toJSONSchema(summarySchema, { io: 'input', unrepresentable: 'throw' });
  const about = {
    title: 'summary.json of a rollproof run',
    description: 'Made from harness/contract/summary.ts by `npx tsx tools/main.ts summary-schema`.',
  };
  return `${JSON.stringify({ ...about, ...schema }, undefined, 2)}\n`;
}

export function addSummarySchema(program: Command): void {
  program
    .command('summary-schema')
    .description(`write ${SUMMARY_SCHEMA} from the contract`)
    .action(() => {
      writeFileSync(SUMMARY_SCHEMA, summaryJsonSchema());
      process.stdout.write(`${SUMMARY_SCHEMA}\n`);
    });
}
