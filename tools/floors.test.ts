import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

/** Lints each text as if it were a file; without types, which the floors do not need. */
const LINT = `
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });
const found = [];
for (const [filePath, from] of JSON.parse(process.argv[1])) {
  const [{ messages }] = await eslint.lintText(\`export * from '\${from}';\\n\`, { filePath });
  found.push(messages.filter(({ ruleId }) => ruleId === 'boundaries/dependencies').length);
}
console.log(JSON.stringify(found));
`;

/** How many imports the linter refuses, of one from each file. */
function refused(imports: readonly (readonly [file: string, from: string])[]): number[] {
  const args = ['--input-type=module', '-e', LINT, JSON.stringify(imports)];
  const lines = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as number[];
}

describe('the floors of the harness', () => {
  it('let a room see its own and lower ones, and no other, however deep the file', () => {
    const [allowed, climbing] = [
      [
        ['harness/front/front.ts', '../docker/labels'],
        ['harness/delivery/controller.ts', './revisions/preflight'],
        ['harness/report/page/page.ts', '../../contract/journal'],
        ['harness/cli/main.ts', '../scenario/session'],
        ['harness/index.ts', './scenario/session'],
      ],
      [
        ['harness/front/front.ts', '../delivery/controller'],
        ['harness/core/clock.ts', '../contract/journal'],
        ['harness/report/page/page.ts', '../../docker/labels'],
        ['harness/report/testing/recorded-run.ts', '../../delivery/controller'],
        ['harness/core/clock.ts', '../index'],
        ['harness/core/clock.ts', '../../tools/main'],
      ],
    ] as const;
    expect(refused([...allowed, ...climbing])).toEqual([...allowed.map(() => 0), ...climbing.map(() => 1)]);
  });
});
